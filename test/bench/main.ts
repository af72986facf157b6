import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import type { Figures, Layout } from './program';
import { ROOT } from '../markdown';

const FOLDER = path.join(ROOT, 'dist', 'bench');
const RUNS = 9;

const LAYOUTS: { readonly [layout in Layout]: string } = {
  chart: 'in one Chart', charts: 'in a Chart each', plain: 'the objects of a Chart each, by cdk8s alone',
};

interface Times extends Figures {
  /** The whole process, as who waits for it sees it. */
  readonly wall: number;
}

/** The program as JavaScript beside the compiled library, so that no compiler is measured. */
function compile(): string {
  if (!fs.existsSync(path.join(ROOT, 'lib', 'index.js'))) { throw new Error("lib/index.js is missing; run 'npm run compile' first, since the compiled library is measured"); }
  fs.rmSync(FOLDER, { recursive: true, force: true });
  fs.mkdirSync(FOLDER, { recursive: true });
  const { outputText } = ts.transpileModule(fs.readFileSync(path.join(__dirname, 'program.ts'), 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const file = path.join(FOLDER, 'program.js');
  fs.writeFileSync(file, outputText.replace(/(['"])\.\.\/\.\.\/src\1/, "'../../lib'"));
  return file;
}

function run(command: string, args: string[]): { stdout: string; wall: number } {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1e9 });
  if (status !== 0) { throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${error?.message ?? stderr}`); }
  return { stdout, wall: performance.now() - start };
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The medians of several processes; of long ones there is one. */
function measure(program: string, layout: Layout, count: number): Times {
  const runs = Array.from({ length: count <= 100 ? RUNS : 1 }, () => {
    const { stdout, wall } = run(process.execPath, [program, layout, `${count}`, path.join(FOLDER, 'yaml')]);
    return { ...JSON.parse(stdout) as Figures, wall };
  });
  const of = (figure: keyof Times) => median(runs.map(times => times[figure]));
  return { wall: of('wall'), cpu: of('cpu'), synthesis: of('synthesis'), peak: of('peak') };
}

function row(program: string, layout: Layout, count: number): { [column: string]: string } {
  const { wall, cpu, peak, synthesis } = measure(program, layout, count);
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  return {
    'instances': count === 0 ? 'the import alone' : `${count} ${LAYOUTS[layout]}`,
    'whole process': seconds(wall),
    'CPU': seconds(cpu),
    'peak memory': `${peak.toFixed(0)} MiB`,
    'CPU an instance, without the import': count === 0 ? '-' : `${(synthesis / count).toFixed(1)} ms`,
  };
}

/** What the official chart takes for the same setting, one after the other in turn. */
function besideHelm(program: string, chart: string): void {
  const pairs = Array.from({ length: RUNS }, () => ({
    ours: measureOnce(program),
    helm: run('helm', ['template', 'airflow', chart, '--namespace', 'airflow', '--values', path.join(__dirname, 'values.yaml')]).wall,
  }));
  const [ours, helm] = [median(pairs.map(pair => pair.ours)), median(pairs.map(pair => pair.helm))];
  const ratio = median(pairs.map(pair => pair.helm / pair.ours));
  console.log(`one production instance: ${ours.toFixed(0)} ms; helm template: ${helm.toFixed(0)} ms; ${ratio.toFixed(1)} times as long`);
}

function measureOnce(program: string): number {
  return run(process.execPath, [program, 'charts', '1', path.join(FOLDER, 'yaml')]).wall;
}

const counts = process.argv.slice(2).map(Number);
if (counts.some(count => !Number.isInteger(count) || count < 1)) { throw new Error(`give numbers of instances, got ${process.argv.slice(2).join(' ')}`); }
const program = compile();
const sizes = counts.length === 0 ? [1, 10, 100, 1000] : counts;
const layouts: Layout[] = ['chart', 'charts', 'plain'];
console.table([row(program, 'chart', 0), ...layouts.flatMap(layout => sizes.map(count => row(program, layout, count)))]);
if (process.env.HELM_CHART !== undefined) { besideHelm(program, process.env.HELM_CHART); }
