import { Conversion } from './conversion';
import { executorsOf } from './convert-executor';
import { hazards } from './hazards';
import { Kept } from './keep-release';
import { ObjectName, ReleaseState } from './read-release';

/** A step of the plan: its commands, what they change, and the way back. */
interface Step {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly commands: readonly string[];
  readonly back: string;
}

/** Kinds of which the plan deletes the release's objects. Claims, Secrets and accounts that are kept are not among them. */
const DELETED = ['Deployment', 'StatefulSet', 'CronJob', 'Job', 'HorizontalPodAutoscaler', 'ScaledObject', 'PodDisruptionBudget', 'NetworkPolicy', 'Ingress', 'Service',
  'ConfigMap', 'RoleBinding', 'Role', 'Secret', 'ServiceAccount'];

/** The plan of a move, as Markdown. */
export function movePlan(conversion: Conversion, state: ReleaseState, kept: Kept, instance: string): string {
  const steps = stepsOf(conversion, state, kept, instance);
  const numbers = Object.fromEntries(steps.map(({ id }, index) => [id, index + 1]));
  const table = hazards(state, kept, instance, { dump: numbers.copy, alias: numbers.start, ...numbers });
  return [
    '## Plan of the move', '',
    `The release \`${state.name}\` (revision ${state.revision}, chart ${state.chartVersion}) in the namespace \`${state.namespace}\` becomes the instance \`${instance}\` `
    + 'in the same namespace. Each step says how to go back.', '',
    ...steps.flatMap(({ title, text, commands, back }, index) => [
      `### ${index + 1}. ${title}`, '', text, '', ...commands.length === 0 ? [] : ['```sh', ...commands, '```', ''], `Back: ${back}`, '',
    ]),
    '### What can go wrong, and what takes care of it', '', '| hazard | answer |', '|---|---|', ...table.map(([hazard, answer]) => `| ${hazard} | ${answer} |`), '',
  ].join('\n');
}

/** What the steps speak of. */
interface Facts {
  readonly state: ReleaseState;
  readonly kept: Kept;
  readonly instance: string;
  /** How a command of kubectl begins. */
  readonly k: string;
  readonly web: string;
  readonly isAirflow3: boolean;
}

function stepsOf(conversion: Conversion, state: ReleaseState, kept: Kept, instance: string): Step[] {
  const { celery, kubernetes, local } = executorsOf(conversion);
  const { isAirflow3 } = conversion;
  const k = `kubectl --namespace ${state.namespace}`;
  const facts = { state, kept, instance, k, web: isAirflow3 ? 'api-server' : 'webserver', isAirflow3 };
  const middle = [stopStep(facts, local), startStep(facts), checkStep(facts), drainStep(facts, celery, kubernetes)];
  return [...preparations(facts), ...middle, ...lastSteps(facts)];
}

function workloads({ state }: Facts, pattern: RegExp): string[] {
  const found = state.objects.filter(({ kind, name }) => ['Deployment', 'StatefulSet'].includes(kind) && pattern.test(name));
  return found.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`);
}

function preparations({ state, kept, instance, k }: Facts): Step[] {
  return [
    {
      id: 'backup',
      title: 'Save',
      text: 'Save the database by its own tools, and what Helm knows of the release. The file has passwords.',
      commands: [`(umask 077; ${k} get secret --selector owner=helm,name=${state.name} --output yaml > ${state.name}-helm.yaml)`],
      back: 'nothing has changed.',
    },
    {
      id: 'copy',
      title: 'Copy the keys',
      text: 'The program reads copies under names that neither Helm nor the release knows. No value is printed.',
      commands: kept.copies.map(({ from, to }) => copyCommand(k, from, to)),
      back: `\`${k} delete secret ${kept.copies.map(({ to }) => to).join(' ')}\`.`,
    },
    ...kept.bundledPostgres ? [dumpStep(k, state, instance)] : [],
    { id: 'pause', title: 'Pause who installs the release', text: pauseText(state), commands: pauseCommands(state), back: 'resume it.' },
  ];
}

function stopStep(facts: Facts, local: boolean): Step {
  const { state, k } = facts;
  const brains = workloads(facts, /-(scheduler|dag-processor|triggerer)$/);
  const ingresses = state.objects.filter(({ kind }) => kind === 'Ingress').map(({ name }) => `ingress/${name}`);
  return {
    id: 'stop',
    title: 'Stop the scheduler of the release',
    text: `From here on no task starts until the next step has started the new scheduler. Tasks that run go on${local ? ', but for those of the LocalExecutor: wait until they have ended' : ''}.`,
    commands: [
      ...(brains.length === 0
        ? []
        : [
          `${k} scale --replicas=0 ${brains.join(' ')}`,
          `${k} wait --for=delete pod --selector 'release=${state.name},component=scheduler' --timeout=180s`,
        ]),
      ...(ingresses.length === 0 ? [] : [`${k} delete ${ingresses.join(' ')}`]),
    ],
    back: `\`${k} scale --replicas=1 ${brains.join(' ')}\`${ingresses.length === 0 ? '' : `; \`helm rollback ${state.name} ${state.revision}\` brings back the Ingress`}.`,
  };
}

function startStep({ state, instance, k, web, isAirflow3 }: Facts): Step {
  const selector = {
    'tier': null,
    'component': null,
    'release': null,
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/component': 'execution-api',
  };
  const former = {
    'tier': 'airflow',
    'component': web,
    'release': state.name,
    'app.kubernetes.io/instance': null,
    'app.kubernetes.io/component': null,
  };
  const patch = (to: object) => `${k} patch service ${state.name}-${web} --patch '${JSON.stringify({ spec: { selector: to } })}'`;
  return {
    id: 'start',
    title: 'Start the new instance',
    text: `The migration finds the schema that it needs.${isAirflow3 ? ' The Service of the release then leads running tasks to the new execution API.' : ''}`,
    commands: [
      `${k} apply --filename dist/airflow.k8s.yaml`,
      `${k} rollout status deployment --selector 'app.kubernetes.io/instance=${instance}' --timeout=600s`,
      ...isAirflow3 ? [patch(selector)] : [],
    ],
    back: `${isAirflow3 ? `\`${patch(former)}\`, then ` : ''}\`${k} delete --filename dist/airflow.k8s.yaml\`, and the way back of the step before.`,
  };
}

function checkStep({ instance, k }: Facts): Step {
  return {
    id: 'check',
    title: 'Check',
    text: 'The runs are there with their logs, a connection decrypts, users log in, and new tasks run.',
    commands: [
      `${k} exec deployment/${instance}-scheduler -- airflow dags list-import-errors`,
      `${k} exec deployment/${instance}-scheduler -- airflow connections list --output plain`,
    ],
    back: 'as in the step before.',
  };
}

function drainStep(facts: Facts, celery: boolean, kubernetes: boolean): Step {
  const { state, k } = facts;
  const workers = workloads(facts, /-worker(-|$)/);
  const selected = (selector: string) => `pod --selector 'release=${state.name},${selector}'`;
  const running = (selector: string) =>
    `${k} get ${selected(selector)} --field-selector 'status.phase!=Succeeded,status.phase!=Failed' --output name`;
  const gone = (selector: string) => `until [ -z "$(${running(selector)})" ]; do sleep 10; done`;
  return {
    id: 'drain',
    title: 'Let the tasks of the release end',
    text: drainText(state, { celery, kubernetes }),
    commands: [
      ...workers.length === 0 ? [] : [`${k} scale --replicas=0 ${workers.join(' ')}`, gone('component=worker')],
      ...kubernetes ? [gone('kubernetes_executor=True'), `${k} delete ${selected('kubernetes_executor=True')}`] : [],
    ],
    back: workers.length === 0 ? 'nothing has changed.' : `\`${k} scale --replicas=1 ${workers.join(' ')}\`.`,
  };
}

function lastSteps({ state, kept, k }: Facts): Step[] {
  return [
    {
      id: 'forget',
      title: 'Let Helm forget the release',
      text: 'Helm deletes what its stored manifest names, whatever annotation an object has. Without the stored manifest it deletes nothing.',
      commands: [`${k} delete secret --selector owner=helm,name=${state.name}`],
      back: `\`${k} apply --filename ${state.name}-helm.yaml\`.`,
    },
    {
      id: 'delete',
      title: 'Delete the rest of the release',
      text: `What is kept is not in the list: ${[...kept.claims, ...kept.accounts].map(name => `\`${name}\``).join(', ') || 'claims'}.`,
      commands: deleteCommands(k, state, kept),
      back: 'there is none: do this when the instance has run for a while.',
    },
  ];
}

/** A pipe from the API to the API: the values are not printed. */
function copyCommand(k: string, from: string, to: string): string {
  const template = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"${to}"},"data":{{"{"}}{{$comma := ""}}{{range $key, $value := .data}}{{$comma}}"{{$key}}":"{{$value}}"{{$comma = ","}}{{end}}{{"}}"}}`;
  return `${k} get secret ${from} --output 'go-template=${template}' | ${k} apply --filename -`;
}

function dumpStep(k: string, state: ReleaseState, instance: string): Step {
  return {
    id: 'dump',
    title: 'Move the database',
    text: 'The Postgres of the chart cannot be mounted by another image. Stop the scheduler (the step after the next) first if the history must be complete: '
      + 'what is written after the dump is lost. Apply the program with `external: { scheduler: true }` for the first time, so that its Postgres exists.',
    commands: [
      `${k} exec statefulset/${state.name}-postgresql -- sh -c 'PGPASSWORD=$POSTGRES_PASSWORD pg_dump --username postgres --format custom --no-owner postgres' > airflow.dump`,
      `${k} exec --stdin statefulset/${instance}-postgres -- sh -c 'pg_restore --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --no-owner --clean --if-exists' < airflow.dump`,
    ],
    back: 'the Postgres of the release is unchanged.',
  };
}

function pauseText({ managers }: ReleaseState): string {
  return managers.length === 0
    ? 'Nothing but Helm installs the release. If a pipeline runs `helm upgrade`, stop it.'
    : `${managers.join(' and ')} would install again what the plan takes away.`;
}

function pauseCommands({ managers, name, namespace }: ReleaseState): string[] {
  return managers.map(manager =>
    manager === 'flux' ? `flux suspend helmrelease ${name} --namespace ${namespace}` : `argocd app set ${name} --sync-policy none`,
  );
}

function drainText({ taskPods }: ReleaseState, { celery, kubernetes }: { celery: boolean; kubernetes: boolean }): string {
  const parts = [
    ...kubernetes ? [`The new scheduler has adopted the ${taskPods} task pods of the release; they end by themselves.`] : [],
    ...celery ? ['A worker of Celery ends its tasks before it stops; what is queued goes to the new workers.'] : [],
  ];
  return parts.length === 0 ? 'No task of the release runs any more.' : parts.join(' ');
}

function deleteCommands(k: string, state: ReleaseState, kept: Kept): string[] {
  const all: ObjectName[] = [...state.objects, ...state.hooks];
  return DELETED.flatMap(kind => {
    const names = [...new Set(all.filter(object => object.kind === kind && !kept.accounts.includes(object.name)).map(({ name }) => name))];
    return names.length === 0 ? [] : [`${k} delete ${kind.toLowerCase()} --ignore-not-found ${names.join(' ')}`];
  });
}

/** Objects of the program that have the kind and the name of one of the release. */
export function collisions(program: readonly ObjectName[], state: ReleaseState): ObjectName[] {
  const taken = new Set([...state.objects, ...state.hooks].map(({ kind, name }) => `${kind}/${name}`));
  return program.filter(({ kind, name }) => taken.has(`${kind}/${name}`));
}
