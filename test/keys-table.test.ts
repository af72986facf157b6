import * as fs from 'fs';
import * as path from 'path';
import { ROOT } from './markdown';
import { AirflowVersion } from '../src';
import { Needs, needsOf, Role, Traits } from '../src/core/needs';

/** Set by `npm run diagrams`. */
const WRITES = process.env.WRITE_DIAGRAMS !== undefined;
const PAGE = path.join(ROOT, 'docs', 'keys.md');
const TABLE = /(<!-- keys of Airflow (\d) -->\n\n)[\s\S]*?\n(?=\n<!-- end -->)/g;

const COLUMNS: readonly (readonly [title: string, need: keyof Needs])[] = [
  ['database', 'database'], ['Fernet key', 'fernetKey'], ['JWT secret', 'jwtSecret'], ['secret key', 'secretKey'], ['broker', 'broker'],
  ['results', 'results'], ['connections, variables', 'connections'],
];

const NONE: Omit<Traits, 'version' | 'standaloneDagProcessor'> = {
  celery: false,
  resultsInDatabase: false,
  launchesPods: false,
  tasksInScheduler: false,
  composesUrl: false,
  migratesAsOther: false,
  databaseToken: false,
  keysByIdentity: false,
};
const EXECUTORS: { readonly [name: string]: typeof NONE } = {
  Kubernetes: { ...NONE, launchesPods: true },
  Celery: { ...NONE, celery: true, resultsInDatabase: true },
  Local: { ...NONE, tasksInScheduler: true },
};

/** Whether an Airflow with the executor has pods of the role. */
function exists(role: Role, executor: string, isAirflow3: boolean): boolean {
  switch (role) {
    case Role.API_SERVER: case Role.EXECUTION_API: case Role.AUTH_RESOURCES: return isAirflow3;
    case Role.WEBSERVER: return !isAirflow3;
    case Role.TASK: case Role.CLEAN_TASK_PODS: return executor === 'Kubernetes';
    case Role.WORKER: case Role.FLOWER: return executor === 'Celery';
    default: return true;
  }
}

/** With which executors the pods of a role have it. */
function cell(role: Role, need: keyof Needs, version: AirflowVersion): string {
  const all = Object.keys(EXECUTORS).filter(executor => exists(role, executor, version.isAirflow3));
  const having = all.filter(executor => needsOf(role, { ...EXECUTORS[executor], version, standaloneDagProcessor: version.isAirflow3 })[need]);
  return having.length === all.length ? 'yes' : having.join(', ');
}

function table(version: AirflowVersion): string {
  const roles = Object.values(Role).filter(role => Object.keys(EXECUTORS).some(executor => exists(role, executor, version.isAirflow3)));
  const columns = COLUMNS.filter(([, need]) => need !== 'jwtSecret' || version.isAirflow3);
  return [
    `| pod | ${columns.map(([title]) => title).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...roles.map(role => `| \`${role}\` | ${columns.map(([, need]) => cell(role, need, version)).join(' | ')} |`),
  ].join('\n');
}

test('docs/keys.md says which pod has which key, as the table of needs says it; npm run diagrams writes it', () => {
  const text = fs.readFileSync(PAGE, 'utf8');
  const written = text.replace(TABLE, (_, start: string, major: string) => `${start}${table(major === '3' ? AirflowVersion.V3_3 : AirflowVersion.V2_11)}\n`);
  expect(text.match(TABLE)).toHaveLength(2);
  if (WRITES) { fs.writeFileSync(PAGE, written); }
  expect(WRITES ? written : text).toBe(written);
});
