import * as fs from 'fs';
import * as path from 'path';
import { pages, ROOT } from './markdown';
import { ChartKeys } from '../src/cli/import/chart-keys';

type Members = { [struct: string]: { [member: string]: string } };
type Options = { options: { [section: string]: string[] } };

const data = <T>(file: string) => JSON.parse(fs.readFileSync(path.join(ROOT, 'data', file), 'utf8')) as T;
const members = data<Members>('members.json');
const options = new Set(fs.readdirSync(path.join(ROOT, 'data')).filter(file => file.startsWith('airflow-config-'))
  .flatMap(file => Object.entries(data<Options>(file).options).flatMap(([section, names]) => names.map(name => `${section}.${name}`))));
const chartKeys = new Set(new ChartKeys('1.22.0').all());
/** Events that Airflow writes to its log. */
const OTHERS = ['ui.trigger'];

/** What stands on the lines of the pages, with its place. */
function found(pattern: RegExp): [place: string, name: string][] {
  return pages().flatMap(page => fs.readFileSync(path.join(ROOT, page), 'utf8').split('\n').flatMap((line, index) =>
    [...line.matchAll(pattern)].map(([, ...name]): [string, string] => [`${page}:${index + 1}`, name.join('.')])));
}

function isProp(name: string): boolean {
  let struct: string | undefined = 'AirflowChartProps';
  for (const part of name.split('.')) {
    if (struct === undefined) { return true; }
    const inner: string | undefined = members[struct]?.[part];
    if (inner === undefined) { return false; }
    struct = /^\w+$/.test(inner) ? inner : undefined;
  }
  return true;
}

test('the options of Airflow that a page names exist in some version', () => {
  const named = [...found(/\[([a-z_]+)\] ([a-z_0-9]+)\b/g), ...found(/config: \{ (\w+): \{ (\w+):/g)];
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(([, name]) => !options.has(name.replace(/_(cmd|secret)$/, '')) && !options.has(name))).toEqual([]);
});

test('the props that a page names by their path exist, or are keys of the chart or options of Airflow', () => {
  const named = found(/`([a-z]\w*(?:\.\w+)+)`/g).filter(([, name]) => members.AirflowChartProps[name.split('.')[0]] !== undefined);
  expect(named.length).toBeGreaterThan(50);
  const isKnown = (name: string) => isProp(name) || options.has(name) || [...chartKeys].some(key => `${key}.`.startsWith(`${name}.`)) || OTHERS.includes(name);
  expect(named.filter(([, name]) => !isKnown(name))).toEqual([]);
});
