import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import type { LRParser } from '@lezer/lr';
import { parse } from 'yaml';
import { CONFIGURATIONS, groupsOf } from './alert-configurations';
import { ALERT_NAMES } from '../../src/add-ons/airflow-alerts';

// Its types are those of an ES module, although it is a CommonJS module as well.
const { parser } = jest.requireActual<{ parser: LRParser }>('@prometheus-io/lezer-promql');

const RULES = path.join(__dirname, 'rules');
const FILES = fs.readdirSync(RULES).filter(file => file.endsWith('.yaml'));
const CASES = FILES.flatMap(file => (parse(read(file)) as { tests: { name: string }[] }).tests.map(({ name }) => name));
/** The Job of the migration has a hash in its name, which the files leave open. */
const MIGRATION = /airflow-migration-[0-9a-f]+/;

function read(file: string): string {
  return fs.readFileSync(path.join(RULES, file), 'utf8');
}

const ALL = Object.keys(CONFIGURATIONS).flatMap(name => groupsOf(name).flatMap(({ rules }) => rules.map(rule => ({ ...rule, name }))));

test.each(ALL)('$name: the expression of $alert is PromQL', ({ expr }) => {
  const errors: number[] = [];
  parser.parse(expr).iterate({ enter: ({ type, from }) => { if (type.isError) { errors.push(from); } } });
  expect(errors).toEqual([]);
});

test('the configurations have all alerts', () => {
  expect([...new Set(ALL.map(({ alert }) => alert))].sort()).toEqual([...ALERT_NAMES].sort());
});

test.each(ALERT_NAMES)('%s has a case for firing and one for not firing', name => {
  expect(CASES.filter(title => title.startsWith(`${name} fires `))).not.toEqual([]);
  expect(CASES.filter(title => title.startsWith(`${name} does not fire `))).not.toEqual([]);
});

// CI has no promtool: run with PROMTOOL=<path> npx jest alert-rules.
const { PROMTOOL = '' } = process.env;

(PROMTOOL === '' ? describe.skip : describe)('promtool, if PROMTOOL names it', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'alert-rules-'));
  const migration = MIGRATION.exec(JSON.stringify(groupsOf('statsd-3.3')))![0];

  beforeAll(() => {
    for (const name of Object.keys(CONFIGURATIONS)) { fs.writeFileSync(path.join(folder, `${name}.yaml`), JSON.stringify({ groups: groupsOf(name) })); }
    for (const file of FILES) { fs.writeFileSync(path.join(folder, `test-${file}`), read(file).replaceAll('MIGRATION', migration)); }
  });

  afterAll(() => fs.rmSync(folder, { recursive: true }));

  test.each(Object.keys(CONFIGURATIONS))('accepts the rules of %s', name => {
    expect(execFileSync(PROMTOOL, ['check', 'rules', path.join(folder, `${name}.yaml`)], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  test.each(FILES)('runs %s', file => {
    expect(execFileSync(PROMTOOL, ['test', 'rules', path.join(folder, `test-${file}`)], { encoding: 'utf8' })).toContain('SUCCESS');
  });
});
