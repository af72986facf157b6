import { ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach(child => child.kill()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) { process.on(signal, () => process.exit(1)); }

export interface RunOptions {
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
  readonly cwd?: string;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; fails with what it said on stderr. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<Output> {
  const child = spawn(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output.stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { output.stderr += text; });
  // A command that ends before it has read its input says why on stderr.
  child.stdin.on('error', () => {}).end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  children.delete(child);
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output.stderr.trim() || output.stdout.trim()}`);
  }
  return output;
}

/** A command that goes on, and whose lines are read as they come. */
export class Background {
  private readonly child: ChildProcess;
  private stderr = '';
  private ended = false;

  constructor(private readonly command: string, private readonly args: string[], onLine: (line: string) => void) {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    children.add(child);
    createInterface({ input: child.stdout }).on('line', onLine);
    child.stderr.setEncoding('utf8').on('data', (text: string) => { this.stderr += text; });
    child.on('error', error => { this.stderr += error.message; });
    child.on('close', () => {
      this.ended = true;
      children.delete(child);
    });
  }

  /** Fails where the command has ended by itself. */
  public check(): void {
    if (this.ended) { throw new Error(`${this.command} ${this.args.join(' ')} has ended: ${this.stderr.trim()}`); }
  }

  public get hasEnded(): boolean {
    return this.ended;
  }

  public stop(): void {
    this.child.kill();
  }
}
