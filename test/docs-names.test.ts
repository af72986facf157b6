import * as fs from 'fs';
import * as path from 'path';
import { pages, ROOT } from './markdown';
import { AirflowVersion } from '../src';
import { ChartKeys } from '../src/cli/import/chart-keys';
import { optionsOf } from '../src/core/config-table';
import { readMembers, unknownMembers } from '../src/kubernetes/members';

const members = readMembers('members');
const versions = Object.values(AirflowVersion).filter(value => value instanceof AirflowVersion);
const chartKeys = new Set(new ChartKeys('1.22.0').all());
/** Events that Airflow writes to its log. */
const OTHERS = ['ui.trigger'];

/** What stands on the lines of the pages, with its place. */
function found(pattern: RegExp): [place: string, name: string][] {
  return pages().flatMap(page => fs.readFileSync(path.join(ROOT, page), 'utf8').split('\n').flatMap((line, index) =>
    [...line.matchAll(pattern)].map(([, ...name]): [string, string] => [`${page}:${index + 1}`, name.join('.')])));
}

function isOption(name: string): boolean {
  const [section, option] = name.split('.');
  return versions.some(version => optionsOf(version, section).includes(option));
}

function isProp(name: string): boolean {
  const props = name.split('.').reduceRight<unknown>((value, member) => ({ [member]: value }), 'a value');
  return unknownMembers(members, 'AirflowChartProps', props).length === 0;
}

test('the options of Airflow that a page names exist in some version', () => {
  const named = [...found(/\[([a-z_]+)\] ([a-z_0-9]+)\b/g), ...found(/config: \{ (\w+): \{ (\w+):/g)];
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(([, name]) => !isOption(name.replace(/_(cmd|secret)$/, '')) && !isOption(name))).toEqual([]);
});

test('the props that a page names by their path exist, or are keys of the chart or options of Airflow', () => {
  const named = found(/`([a-z]\w*(?:\.\w+)+)`/g).filter(([, name]) => members.AirflowChartProps[name.split('.')[0]] !== undefined);
  expect(named.length).toBeGreaterThan(50);
  const isKnown = (name: string) => isProp(name) || isOption(name) || [...chartKeys].some(key => `${key}.`.startsWith(`${name}.`)) || OTHERS.includes(name);
  expect(named.filter(([, name]) => !isKnown(name))).toEqual([]);
});
