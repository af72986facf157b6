import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

const SCRIPTS = path.join(__dirname, '..', '..', 'python');

export interface Answer {
  /** What `answer(...)` was given. */
  readonly value: unknown;
  /** What was printed before. */
  readonly printed: string[];
}

/** Files by their path, in a folder that is gone after the use. */
export function withFiles<T>(files: { readonly [file: string]: string }, use: (folder: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    }
    return use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The text of a file of python/. */
export function scriptText(name: string): string {
  return fs.readFileSync(path.join(SCRIPTS, name), 'utf8');
}

// The interpreter itself: `python3` on the PATH may be a script that first looks for it, which takes longer than it does.
const { status: found, stdout: interpreter } = spawnSync('python3', ['-S', '-c', 'import sys; print(sys.executable, end="")'], { encoding: 'utf8' });

// A machine with Node alone builds the library, too: there the tests of the scripts are skipped, and counted as such.
const pythonIsHere = found === 0;

/** `describe`, where there is a Python to run the scripts. */
export const describe = pythonIsHere ? globalThis.describe : globalThis.describe.skip;

/** `test`, where there is a Python to run the scripts. */
export const test = pythonIsHere ? globalThis.test : globalThis.test.skip;

/**
 * Runs Python that can import the scripts and ends with `answer(value)`.
 */
export function python(code: string, env: { readonly [name: string]: string } = {}): Answer {
  const start = 'import json\ndef answer(value):\n    print("\\nANSWER", json.dumps(value))\n';
  const { stdout, stderr, error, status } = spawnSync(interpreter || 'python3', ['-S', '-c', start + code], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PYTHONPATH: SCRIPTS, PYTHONDONTWRITEBYTECODE: '1', HOME: os.tmpdir(), ...env },
  });
  if (error !== undefined) { throw new Error(`python3 does not run (${error.message}); install Python 3.11 or newer`); }
  const lines = stdout.split('\n').filter(line => line !== '');
  const last = lines.find(line => line.startsWith('ANSWER '));
  if (status !== 0 || last === undefined) { throw new Error(`python3 ended with ${status}: ${stdout}${stderr}`); }
  return { value: JSON.parse(last.slice('ANSWER '.length)) as unknown, printed: lines.filter(line => line !== last) };
}
