import type * as childProcess from 'child_process';
import * as fs from 'fs';
import * as path from 'path';

// cdk8s reads YAML in a process of its own, because a URL might be meant. Here the text of a file is handed over at once:
// several hundred processes would take longer than everything that the tests check.
jest.mock('child_process', () => {
  const actual = jest.requireActual<typeof childProcess>('child_process');
  const reads = (args: unknown): args is [string, string] =>
    Array.isArray(args) && path.basename(String(args[0])) === '_loadurl.mjs' && fs.statSync(String(args[1]), { throwIfNoEntry: false })?.isFile() === true;
  return {
    ...actual,
    execFileSync: (file: string, args?: unknown, ...rest: unknown[]) =>
      (reads(args) ? fs.readFileSync(args[1], 'utf8') : (actual.execFileSync as (...all: unknown[]) => unknown)(file, args, ...rest)),
  };
});
