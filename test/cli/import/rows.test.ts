import { parseAllDocuments } from 'yaml';
import { ChartKeys, chartVersions } from '../../../src/cli/import/chart-keys';
import { importValues } from '../../../src/cli/import/import-values';
import { isObject, Json, JsonObject } from '../../../src/cli/import/json';
import { keysOf, Row, rowOf, rows } from '../../../src/cli/import/rows';

const mapped = rows().filter(({ state }) => state === 'mapped');

function objectsOf(values: Json): JsonObject[] {
  const { conversion, yaml } = importValues({ inputs: [{ file: 'values.yaml', values: values as JsonObject, comments: new Map(), missing: [] }] });
  const problems = conversion.lines.filter(({ key }) => key === 'the program');
  expect(problems).toEqual([]);
  return parseAllDocuments(yaml).map(document => document.toJS() as JsonObject);
}

/** All values at a path, in which `*` stands for any key. */
function valuesAt(value: Json | undefined, path: readonly string[]): Json[] {
  const [first, ...rest] = path;
  if (value === undefined) { return []; }
  if (first === undefined) { return [value]; }
  if (first === '*') { return (Array.isArray(value) ? value : Object.values(value as JsonObject)).flatMap(inner => valuesAt(inner, rest)); }
  return isObject(value) ? valuesAt(value[first], rest) : [];
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\\\*/g, '.*')}$`).test(text);
}

const TITLED = mapped.map((row): [string, Row] => [row.capability, row]);

test.each(TITLED)('%s: the value of the chart reaches its field', (_, { example, shows }) => {
  const { object, field, value, absent } = shows!;
  const found = objectsOf(example!).filter(({ kind, metadata }) => matches(object, `${String(kind)}/${String((metadata as JsonObject).name)}`));
  if (absent) {
    expect(found).toEqual([]);
    // Without its key, the example has the object.
    expect(Object.keys(example as JsonObject).some(key => {
      const { [key]: _left, ...others } = example as JsonObject;
      return objectsOf(others).some(({ kind, metadata }) => matches(object, `${String(kind)}/${String((metadata as JsonObject).name)}`));
    })).toBe(true);
    return;
  }
  const path = field!.split(/(?<!\\)\./).map(part => part.replace(/\\\./g, '.'));
  const values = found.flatMap(item => valuesAt(item, path));
  if (typeof value === 'string' && value.startsWith('~')) {
    expect(values.join('\n')).toContain(value.slice(1));
  } else {
    expect(values).toContainEqual(value);
  }
});

test('every key of every version of the chart has its row', () => {
  const keys = new Set(chartVersions().flatMap(version => new ChartKeys(version).all()));
  expect([...keys].filter(key => rowOf(key) === undefined)).toEqual([]);
});

test('a key has one row, and every row but one of a prefix has a key of the chart', () => {
  const all = rows().flatMap(({ keys }) => keys.flatMap(keysOf));
  expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
});

test('every row that is no prop has its reason, and every other row its prop and an example', () => {
  const lacks = ({ state, reason, prop, example, shows }: Row) => (state === 'mapped' ? [prop, example, shows] : [reason]).includes(undefined);
  expect(rows().filter(lacks).map(({ capability }) => capability)).toEqual([]);
  expect([...new Set(rows().map(({ state }) => state))].sort()).toEqual(['better', 'mapped', 'refused']);
});
