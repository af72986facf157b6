import { admission } from './admission';
import { alerts } from './alerts';
import { auth } from './auth';
import { entrance } from './entrance';
import { everything } from './everything';
import { eviction } from './eviction';
import { Example, EXAMPLES, titleOf } from './examples';
import { faults } from './faults';
import { housekeeping } from './housekeeping';
import { keys } from './keys';
import { metrics } from './metrics';
import { move } from './move';
import { namespace } from './namespace';
import { operator } from './operator';
import { pgbouncer } from './pgbouncer';
import { policies } from './policies';
import { ExampleRun, Times } from './run-example';
import { serverTls } from './server-tls';
import { upgrade } from './upgrade';
import { users } from './users';
import { rollingUpdate, splitApiServer } from './web';

const COLUMNS: { readonly [time in keyof Times]-?: string } = {
  ready: 'Ready', dagRun: 'DAG run', podStart: 'task pod start (max)', push: 'push to list',
};

/** What is run beside the examples, by its name. The other arguments select what it runs. */
const SCENARIOS: { readonly [name: string]: (names: string[]) => Promise<{ [column: string]: string }[]> } = {
  admission,
  alerts,
  auth,
  entrance,
  eviction,
  everything,
  faults,
  housekeeping,
  keys,
  namespace,
  metrics,
  move,
  operator,
  pgbouncer,
  policies,
  'rolling-update': rollingUpdate,
  'split-api-server': splitApiServer,
  'server-tls': serverTls,
  upgrade,
  users,
};

function selected(names: string[]): Example[] {
  if (names.length === 0) { return EXAMPLES; }
  return names.flatMap(name => {
    const found = EXAMPLES.filter(candidate => [candidate.name, titleOf(candidate)].includes(name));
    if (found.length === 0) { throw new Error(`no example '${name}'; there are ${EXAMPLES.map(titleOf).join(', ')}`); }
    return found;
  });
}

function row(example: Example, times: Times, passed: boolean): { [column: string]: string } {
  const cells = Object.entries(COLUMNS).map(([time, title]) => {
    const seconds = times[time as keyof Times];
    return [title, seconds === undefined ? '-' : `${seconds.toFixed(0)} s`];
  });
  return { example: titleOf(example), result: passed ? 'passed' : 'FAILED', ...Object.fromEntries(cells) };
}

async function examples(names: string[]): Promise<{ [column: string]: string }[]> {
  const rows: { [column: string]: string }[] = [];
  for (const example of selected(names)) {
    const run = new ExampleRun(example);
    const error = await run.run().then(() => undefined, (reason: unknown) => reason);
    if (error !== undefined) { console.error(error); }
    rows.push(row(example, run.times, error === undefined));
  }
  return rows;
}

async function main(): Promise<void> {
  const [first, ...others] = process.argv.slice(2);
  const rows = await (SCENARIOS[first]?.(others) ?? examples(process.argv.slice(2)));
  console.table(rows);
  // A watch that a failure has left would keep the process alive.
  process.exit(rows.some(({ result }) => result === 'FAILED') ? 1 : 0);
}

void main();
