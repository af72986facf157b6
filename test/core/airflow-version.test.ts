import { AirflowVersion } from '../../src/index';
import { airflowChart, building, synthAirflow } from '../util';

const RELEASES: [string, AirflowVersion, string][] = [
  ['2.10', AirflowVersion.V2_10, '2.10.5'],
  ['2.11', AirflowVersion.V2_11, '2.11.2'],
  ['3.0', AirflowVersion.V3_0, '3.0.6'],
  ['3.1', AirflowVersion.V3_1, '3.1.8'],
  ['3.2', AirflowVersion.V3_2, '3.2.2'],
  ['3.3', AirflowVersion.V3_3, '3.3.2'],
];

test.each(RELEASES)('the constant for %s has its series and a release', (series, version, release) => {
  expect(version.series).toBe(series);
  expect(version.release).toBe(release);
});

test('only the versions from 3.0 on are an Airflow 3', () => {
  expect(RELEASES.filter(([, version]) => version.isAirflow3).map(([series]) => series)).toEqual(['3.0', '3.1', '3.2', '3.3']);
});

test.each<[number, number, string[]]>([
  [2, 11, ['2.11', '3.0', '3.1', '3.2', '3.3']], [3, 0, ['3.0', '3.1', '3.2', '3.3']], [3, 2, ['3.2', '3.3']], [3, 4, []],
])('from %d.%d on there are some', (major, minor, expected) => {
  expect(RELEASES.filter(([, version]) => version._isFrom(major, minor)).map(([series]) => series)).toEqual(expected);
});

test('an exact release of a known series is a version', () => {
  const version = AirflowVersion.of('3.1.0');
  expect([version.major, version.minor, version.patch]).toEqual([3, 1, 0]);
  expect(version.series).toBe('3.1');
  expect(version.release).toBe('3.1.0');
});

test.each(['2.9.3', '3.0.1', '4.0.0', '3.3', '3', '', 'v3.3.2', '3.3.2-python3.12', '3.3.2rc1', ' 3.3.2', '3.3.2\n', '3.3.01', '3.03.1'])(
  'fails with the release %j, and says which there are', release => {
    expect(() => AirflowVersion.of(release, { untested: true })).toThrow(
      new Error(`'release' must be major.minor.patch of one of 2.10, 2.11, 3.0, 3.1, 3.2, 3.3 (3.0 from 3.0.2 on), got '${release}'`));
  });

test.each(['3.4.0', '3.10.2'])('fails with %s, which is newer than the library, and says how to accept it', release => {
  expect(() => AirflowVersion.of(release)).toThrow(new Error(`'release' ${release} is newer than this library, which knows 2.10, 2.11, 3.0, 3.1, 3.2, 3.3; `
    + `use a newer one, or, at your own risk, AirflowVersion.of('${release}', { untested: true })`));
});

test('saying that a known release is untested changes nothing', () => {
  expect(AirflowVersion.of('3.3.1', { untested: true })).toEqual(AirflowVersion.of('3.3.1'));
});

describe('an untested release', () => {
  const version = AirflowVersion.of('3.4.0', { untested: true });
  const WARNING = 'WARNING: Airflow 3.4.0 is newer than this library, which treats it as 3.3 and was not tested with it. Try it on a copy of the database first.';

  test('comes after every other', () => {
    expect([version.release, version.series, version.isAirflow3, version._isFrom(3, 3)]).toEqual(['3.4.0', '3.4', true, true]);
  });

  test('gives the objects of the newest known series, but for its own image and driver', () => {
    // Hashes follow what they are of.
    const lines = (props: object) => JSON.stringify(synthAirflow(props), null, 1).replace(/[0-9a-f]{64}|-[0-9a-f]{6}(?=")/g, '').split('\n');
    const newest = lines({ version: AirflowVersion.V3_3 });
    const differing = lines({ version }).filter((line, index) => line !== newest[index]);
    expect([...new Set(differing.map(line => /3\.4\.0|postgresql:/.exec(line)?.[0] ?? line))]).toEqual(['3.4.0', 'postgresql:']);
  });

  test('is warned of in the notes, before anything else', () => {
    expect(airflowChart({ version }).airflow.notes.split('\n').slice(0, 2)).toEqual([WARNING, 'The UI, at http://localhost:8080:']);
    expect(airflowChart().airflow.notes).not.toContain('WARNING');
  });

  test('has options that no table knows, which the notes list', () => {
    const { airflow } = airflowChart({ version, config: { core: { brand_new: '1' }, celery: { worker_concurrency: '4' }, sentry: { dsn_x: '1' } } });
    expect(airflow.config.toCfg()).toContain('brand_new = 1');
    expect(airflow.notes.split('\n').slice(0, 2)).toEqual([WARNING, 'Options that Airflow 3.3 does not have, set unchecked: core.brand_new']);
  });

  test('fails with an option that was removed before', () => {
    expect(building({ version, config: { webserver: { web_server_port: '1' } } })).toThrow(/'config.webserver.web_server_port': .* is not an option of Airflow 3.4/);
  });
});
