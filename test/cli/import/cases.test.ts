import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { ChartKeys } from '../../../src/cli/import/chart-keys';
import { runImport } from '../../../src/cli/import/import-command';
import { importValues } from '../../../src/cli/import/import-values';
import { readInput } from '../../../src/cli/import/read-input';

const CASES = path.join(__dirname, 'cases');
const NAMES = fs.readdirSync(CASES).sort();
/** The files that the command writes for each case. */
const WRITTEN = ['main.ts', 'main.py', 'import.md', 'pod_template.yaml'];

/** Runs the command as a user does, and returns what it writes, by the name of the file. */
function written(name: string): { files: { [file: string]: string }; status: number } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'import-'));
  try {
    const values = path.join(CASES, name, 'values.yaml');
    const statuses = ['typescript', 'python'].map((language, index) => {
      const output = path.join(folder, index === 0 ? 'main.ts' : 'main.py');
      for (const file of ['pod_template.yaml']) { fs.rmSync(path.join(folder, file), { force: true }); }
      return runImport([values, '--language', language, '--output', output, '--report', path.join(folder, 'import.md')]).status;
    });
    expect(statuses[1]).toBe(statuses[0]);
    return { files: Object.fromEntries(fs.readdirSync(folder).map(file => [file, fs.readFileSync(path.join(folder, file), 'utf8')])), status: statuses[0] };
  } finally { fs.rmSync(folder, { recursive: true }); }
}

describe.each(NAMES)('the values of %s', name => {
  const { files, status } = written(name);

  test('become the program and the report that are checked in; npm run diagrams writes them', () => {
    for (const file of WRITTEN) {
      const expected = path.join(CASES, name, file);
      if (process.env.WRITE_DIAGRAMS !== undefined) { if (files[file] !== undefined) { fs.writeFileSync(expected, files[file]); } continue; }
      expect([file, files[file]]).toEqual([file, fs.existsSync(expected) ? fs.readFileSync(expected, 'utf8') : undefined]);
    }
  });

  test('have a line for each key, and the exit status says whether a decision is open', () => {
    const { conversion } = importValues({ inputs: [readInput(path.join(CASES, name, 'values.yaml'))] });
    const lines = conversion.lines.map(({ key }) => key);
    const isTold = (leaf: string) => lines.some(key => key === leaf || leaf.startsWith(`${key}.`) || key.startsWith(`${leaf}.`) || key.startsWith(`${leaf}[`));
    expect(conversion.values.leaves().filter(leaf => !isTold(leaf))).toEqual([]);
    expect(status).toBe(conversion.lines.some(({ outcome }) => outcome === 'decision') ? 1 : 0);
  });

  test('have no password in what is written', () => {
    expect(Object.values(files).join('\n')).not.toMatch(/never-written|bmV2ZXItd3JpdHRlbg/);
  });

  test('give a program that synthesizes the same when it runs', () => {
    const { yaml } = importValues({ inputs: [readInput(path.join(CASES, name, 'values.yaml'))] });
    expect(yaml).not.toBe('');
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'synth-'));
    const before = process.cwd();
    process.env.CDK8S_OUTDIR = outdir;
    try {
      process.chdir(path.join(CASES, name));
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      jest.isolateModules(() => { require(path.join(CASES, name, 'main.ts')); });
      expect(fs.readFileSync(path.join(outdir, 'airflow.k8s.yaml'), 'utf8')).toBe(yaml);
    } finally {
      process.chdir(before);
      delete process.env.CDK8S_OUTDIR;
      fs.rmSync(outdir, { recursive: true });
    }
  });
});

test('the cases together use every section of the newest chart', () => {
  const used = new Set(NAMES.flatMap(name => importValues({ inputs: [readInput(path.join(CASES, name, 'values.yaml'))] }).conversion.values.leaves()).map(key => key.split('.')[0]));
  const sections = new Set(new ChartKeys('1.22.0').all().map(key => key.split('.')[0]));
  expect([...sections].filter(section => !used.has(section))).toEqual([]);
});

test('the defaults give a program of at most 15 lines', () => {
  expect(written('defaults').files['main.ts'].trimEnd().split('\n').length).toBeLessThanOrEqual(15);
});

test('the check of a program leaves no file of its pods on the machine', () => {
  const { TMPDIR } = process.env;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'left-'));
  process.env.TMPDIR = folder;
  try {
    expect(importValues({ inputs: [readInput(path.join(CASES, 'files', 'values.yaml'))] }).yaml).toContain('pod_template');
    expect(fs.readdirSync(folder)).toEqual([]);
  } finally { process.env.TMPDIR = TMPDIR; }
});
