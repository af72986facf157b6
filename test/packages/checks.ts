import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from '../markdown';

const REPORT = path.join(ROOT, 'test-reports', 'packages.xml');

/** What is checked, one after the other, with a report that a machine can count. */
export class Checks {
  private readonly results: { readonly name: string; readonly problem?: string; readonly skipped?: string }[] = [];

  /** Runs a check; answers whether what depends on it can go on. */
  public run(name: string, check: () => string | void): boolean {
    const start = performance.now();
    try {
      const remark = check();
      console.log(`ok       ${name}${remark === undefined ? '' : `: ${remark}`} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
      this.results.push({ name });
      return true;
    } catch (error) {
      const problem = (error as Error).message;
      console.log(`FAILED   ${name}: ${problem}`);
      this.results.push({ name, problem });
      return false;
    }
  }

  public skip(name: string, reason: string): void {
    console.log(`skipped  ${name}: ${reason}`);
    this.results.push({ name, skipped: reason });
  }

  /** Writes the report and ends the process. */
  public end(): never {
    const failed = this.results.filter(({ problem }) => problem !== undefined).length;
    const skipped = this.results.filter(result => result.skipped !== undefined).length;
    const cases = this.results.map(({ name, problem, skipped: reason }) => {
      const inner = problem !== undefined ? `<failure message="${escape(problem)}"/>` : reason !== undefined ? `<skipped message="${escape(reason)}"/>` : '';
      return `  <testcase name="${escape(name)}">${inner}</testcase>\n`;
    });
    fs.mkdirSync(path.dirname(REPORT), { recursive: true });
    fs.writeFileSync(REPORT, `<testsuites name="packages" tests="${this.results.length}" failures="${failed}">\n${cases.join('')}</testsuites>\n`);
    console.log(`packages: ${this.results.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
    process.exit(failed === 0 ? 0 : 1);
  }
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;').replace(/[^\x20-\x7e]+/g, ' ');
}

/** Runs a command to its end, away from the repository, as a stranger's shell would; answers what it printed. */
export function run(command: string, args: string[], cwd: string, env: { readonly [name: string]: string } = {}): string {
  // What `npm run` sets points npm back at the repository.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_PATH|VIRTUAL_ENV|CDK8S_|PYTHON)/.test(name));
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd, encoding: 'utf8', maxBuffer: 1e9, env: { ...Object.fromEntries(inherited), ...env },
  });
  if (status !== 0) {
    const said = `${stdout ?? ''}\n${stderr ?? ''}`.trim().split('\n').slice(-20).join('\n');
    throw new Error(`'${command} ${args.join(' ')}' in ${cwd} ended with ${status ?? error?.message}:\n${said}`);
  }
  return stdout;
}

/** Throws where two texts differ, and says where first. */
export function same(what: string, text: string, expected: string): void {
  if (text === expected) { return; }
  const [lines, others] = [text.split('\n'), expected.split('\n')];
  const index = lines.findIndex((line, number) => line !== others[number]);
  const line = index === -1 ? lines.length : index;
  throw new Error(`${what} is not what the repository makes; line ${line + 1} is '${lines[line] ?? ''}', not '${others[line] ?? ''}'`);
}

/** The one package of a kind that `jsii-pacmak` has left. */
export function packageOf(language: string, ending: string): string {
  const directory = path.join(ROOT, 'dist', language);
  const [file, ...others] = fs.existsSync(directory) ? fs.readdirSync(directory).filter(name => name.endsWith(ending)) : [];
  if (file === undefined || others.length > 0) {
    throw new Error(`dist/${language} must have one *${ending}, got ${[file, ...others].join(', ') || 'none'}; remove dist and make it again by 'npx projen package:${language}'`);
  }
  return path.join(directory, file);
}

/** Every file below a folder, by its path in it. */
export function filesIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}
