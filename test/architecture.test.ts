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
