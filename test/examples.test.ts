import * as fs from 'fs';
import * as path from 'path';
import { exampleNames, synthExample } from './examples';

const README = path.join(__dirname, '..', 'examples');

describe.each(exampleNames())('examples/%s', name => {
  test('writes objects', () => {
    expect(synthExample(name)).not.toEqual([]);
  });

  test('says in a README what it is for', () => {
    expect(fs.readFileSync(path.join(README, name, 'README.md'), 'utf8')).toMatch(/^# \S/);
  });
});

test('every folder holds a program', () => {
  const folders = fs.readdirSync(README, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name);
  expect(exampleNames()).toEqual(folders.sort());
});
