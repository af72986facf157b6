import * as fs from 'fs';
import * as path from 'path';
import { exampleAirflows, exampleNames, synthExample } from './examples';
import { ROOT } from './markdown';
import { Manifest, Texts } from './util';

/** Set by `npm run diagrams`. */
const WRITES = process.env.WRITE_DIAGRAMS !== undefined;
const PAGE = path.join(ROOT, 'docs', 'names.md');
const TABLE = /(<!-- names of .*? -->\n\n)[\s\S]*?\n(?=\n<!-- end -->)/;

/** What the names of Jobs end with changes with what they run. */
function nameOf({ kind, metadata: { name } }: Manifest): string {
  return kind === 'Job' ? name.replace(/-[0-9a-f]{6}$/, '-<hash>') : name;
}

function labels(selector: Texts): string {
  return Object.entries(selector).map(([name, value]) => `${name}=${value}`).join(',');
}

/** What selects pods, and what claims an object makes. */
function details({ kind, spec }: Manifest): string[] {
  const selector = kind === 'Service' ? spec.selector as Texts : spec?.selector?.matchLabels;
  return [
    ...selector === undefined ? [] : [`selects ${labels(selector)}`],
    ...(spec?.volumeClaimTemplates ?? []).map(({ metadata }) => `claims ${metadata.name}`),
  ];
}

/** The Secrets that the bootstrap makes, and their keys. */
function secrets(manifest: Manifest[]): string[] {
  const jobs = manifest.filter(({ kind, metadata }) => kind === 'Job' && metadata.labels?.['app.kubernetes.io/component'] === 'bootstrap-secrets');
  return jobs.flatMap(({ metadata, spec }) => {
    const { command, args = [] } = spec.template.spec.containers[0];
    const made = JSON.parse([...command ?? [], ...args].find(word => word.startsWith('{'))!) as { [name: string]: { data: object } };
    return Object.entries(made).map(([name, { data }]) => `${metadata.namespace} Secret ${name} ${Object.keys(data).sort().join(',')}`);
  });
}

/** All that others may hold on to: a change here is one that breaks something. */
function contract(manifest: Manifest[]): string[] {
  const objects = manifest.map(object => [object.metadata.namespace ?? '-', object.kind, nameOf(object), ...details(object)].join(' '));
  return [...objects, ...secrets(manifest)].sort();
}

describe.each(exampleNames())('the contract of examples/%s', name => {
  test('is this; a change breaks what exists and needs a line in UPGRADING.md', () => {
    expect(contract(synthExample(name))).toMatchSnapshot();
  });
});

test('no object of the quickstart has a hash in its name, but for its Jobs', () => {
  expect(synthExample('quickstart').filter(object => /-[0-9a-f]{6,}(-|$)/.test(nameOf(object)))).toEqual([]);
});

/** Every name of the page's Airflow with the kinds that have it. */
function tableOfNames(): string {
  const manifest = synthExample('celery-keda');
  const [airflow] = exampleAirflows('celery-keda');
  const kinds = new Map<string, string[]>();
  const add = (name: string, kind: string) => kinds.set(name, [...new Set([...kinds.get(name) ?? [], kind])].sort());
  for (const object of manifest) { add(nameOf(object), object.kind); }
  for (const name of airflow.bootstrapSecrets!.secretNames) { add(name, 'Secret'); }
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, of]) => `| \`${name}\` | ${of.join(', ')} |`);
  return ['| name | objects |', '|---|---|', ...rows].join('\n');
}

test('docs/names.md has the names that an example has; npm run diagrams writes them', () => {
  const text = fs.readFileSync(PAGE, 'utf8');
  const written = text.replace(TABLE, (_, start: string) => `${start}${tableOfNames()}\n`);
  expect(TABLE.test(text)).toBe(true);
  if (WRITES) { fs.writeFileSync(PAGE, written); }
  expect(WRITES ? written : text).toBe(written);
});
