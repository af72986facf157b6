import { AirflowVersion } from '../../src/index';

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

test.each(['2.9.3', '3.0.1', '3.4.0', '4.0.0', '3.3', '3', '', 'v3.3.2', '3.3.2-python3.12', '3.3.2rc1', ' 3.3.2', '3.3.2\n', '3.3.01', '3.03.1'])(
  'fails with the release %j, and says which there are', release => {
    expect(() => AirflowVersion.of(release)).toThrow(
      new Error(`'release' must be major.minor.patch of one of 2.10, 2.11, 3.0, 3.1, 3.2, 3.3 (3.0 from 3.0.2 on), got '${release}'`));
  });
