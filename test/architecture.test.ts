import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './markdown';

const SRC = path.join(ROOT, 'src');
const FILES = fs.readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));

/** The files of the same folder that a file imports, or exports from, types included. */
function neighbours(file: string): string[] {
  const text = fs.readFileSync(path.join(SRC, file), 'utf8');
  return [...text.matchAll(/\bfrom '(\.\/[^']+)'/g)].map(([, name]) => `${path.join(path.dirname(file), name)}.ts`);
}

/** The files of a circle that can be reached, in the order of their imports. */
function circleFrom(file: string, way: string[], done: Set<string>): string[] | undefined {
  if (way.includes(file)) { return [...way.slice(way.indexOf(file)), file]; }
  if (done.has(file)) { return undefined; }
  done.add(file);
  for (const next of neighbours(file)) {
    const circle = circleFrom(next, [...way, file], done);
    if (circle !== undefined) { return circle; }
  }
  return undefined;
}

test('no files of a folder import each other in a circle, types included', () => {
  const done = new Set<string>();
  expect(FILES.flatMap(file => circleFrom(file, [], done) ?? [])).toEqual([]);
  expect(FILES.length).toBeGreaterThan(100);
});

/** Members of others with a leading underscore that add-ons use: a component that only an add-on makes, and the labels of a selector of cdk8s-plus-27. */
const ALLOWED = ['HousekeepingJob._of', 'labelSelector._toKube'];

test('add-ons read only public members of an Airflow, which a construct of a user can read, too', () => {
  const texts = FILES.filter(file => path.dirname(file) === 'add-ons').map(file => fs.readFileSync(path.join(SRC, file), 'utf8'));
  const all = (pattern: RegExp) => texts.flatMap(text => [...text.matchAll(pattern)]);
  const own = all(/\b(?:public|protected|private|readonly) (_\w+)/g).map(([, member]) => member);
  const used = [...all(/(\w+)\)?[?!]?\.(_\w+)/g), ...all(/([{,]) ?(_\w+)(?=[^()]*\} ?[=:)])/g)];
  const foreign = used.filter(([, , member]) => !own.includes(member)).map(([, owner, member]) => `${owner}.${member}`);
  expect([...new Set(foreign)].sort()).toEqual(ALLOWED);
  expect(own).toContain('_bind');
});

/**
 * What add-ons import that a user of the library cannot: a component that only an add-on makes, names of roles, functions of what is
 * public, and what a version calls its metrics. None of it tells more of an Airflow than its public members.
 */
const IMPORTED = [
  'components/housekeeping-job DEADLINE', 'components/housekeeping-job HousekeepingRequest', 'core/endpoints GCS', 'core/endpoints Peer',
  'core/endpoints S3', 'core/endpoints cloudEndpoint', 'core/names shortened', 'core/needs Role', 'instance/i-airflow checkSameNamespace',
  'instance/i-airflow instanceOf', 'metrics/legacy-names namesFiles',
];

/** The names in braces, without `type`. */
const namesIn = (braces: string) => braces.split(',').map(name => name.trim().replace(/^type /, '')).filter(Boolean);

/** Tells whether `src/index.ts` exports a name of a file. */
function publicNames(): (file: string, name: string) => boolean {
  const index = fs.readFileSync(path.join(SRC, 'index.ts'), 'utf8');
  const whole = [...index.matchAll(/export \* from '\.\/([^']+)'/g)].map(([, file]) => file);
  const some = [...index.matchAll(/export (?:type )?\{([^}]*)\} from '\.\/([^']+)'/g)].flatMap(([, names, file]) => namesIn(names).map(name => `${file} ${name}`));
  return (file, name) => whole.includes(file) || some.includes(`${file} ${name}`);
}

test('add-ons import from other floors only what is public, helpers of Kubernetes, and what is listed here', () => {
  const isPublic = publicNames();
  const imports = FILES.filter(file => path.dirname(file) === 'add-ons').flatMap(file => {
    const text = fs.readFileSync(path.join(SRC, file), 'utf8');
    return [...text.matchAll(/import (?:type )?\{([^}]*)\} from '\.\.\/([^']+)'/g)].flatMap(([, names, from]) => namesIn(names).map(name => ({ from, name })));
  });
  const others = imports.filter(({ from, name }) => !from.startsWith('kubernetes/') && !isPublic(from, name)).map(({ from, name }) => `${from} ${name}`);
  expect([...new Set(others)].sort()).toEqual(IMPORTED);
});
