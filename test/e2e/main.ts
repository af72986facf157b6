import { Example, EXAMPLES, titleOf } from './examples';
import { ExampleRun, Times } from './run-example';

const COLUMNS: { readonly [time in keyof Times]-?: string } = {
  ready: 'Ready', dagRun: 'DAG run', podStart: 'task pod start (max)', push: 'push to list',
};

function selected(names: string[]): Example[] {
  if (names.length === 0) { return EXAMPLES; }
  return names.flatMap(name => {
    const examples = EXAMPLES.filter(candidate => [candidate.name, titleOf(candidate)].includes(name));
    if (examples.length === 0) { throw new Error(`no example '${name}'; there are ${EXAMPLES.map(titleOf).join(', ')}`); }
    return examples;
  });
}

function row(example: Example, times: Times, passed: boolean): { [column: string]: string } {
  const cells = Object.entries(COLUMNS).map(([time, title]) => {
    const seconds = times[time as keyof Times];
    return [title, seconds === undefined ? '-' : `${seconds.toFixed(0)} s`];
  });
  return { example: titleOf(example), result: passed ? 'passed' : 'FAILED', ...Object.fromEntries(cells) };
}

async function main(): Promise<void> {
  const rows: { [column: string]: string }[] = [];
  for (const example of selected(process.argv.slice(2))) {
    const run = new ExampleRun(example);
    const error = await run.run().then(() => undefined, (reason: unknown) => reason);
    if (error !== undefined) { console.error(error); }
    rows.push(row(example, run.times, error === undefined));
  }
  console.table(rows);
  // A watch that a failure has left would keep the process alive.
  process.exit(rows.some(({ result }) => result === 'FAILED') ? 1 : 0);
}

void main();
