import * as fs from 'fs';
import * as path from 'path';
import { exampleNames, synthExample } from './examples';

const README = path.join(__dirname, '..', 'examples');

describe.each(exampleNames())('examples/%s', name => {
  test('writes these objects', () => {
    const objects = synthExample(name).map(({ kind, metadata }) => `${metadata.namespace ?? '-'} ${kind} ${metadata.name}`);
    // The name of a Job ends with the hash of what it runs, which every change of the library changes.
    expect(objects.map(line => line.replace(/^(\S+ Job .*)-[0-9a-f]{6}$/, '$1-#')).sort()).toMatchSnapshot();
  });

  test('says in a README what it is for', () => {
    expect(fs.readFileSync(path.join(README, name, 'README.md'), 'utf8')).toMatch(/^# \S/);
  });
});

test('every folder holds a program', () => {
  const folders = fs.readdirSync(README, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name);
  expect(exampleNames()).toEqual(folders.sort());
});
