import { Conversion } from './conversion';
import { Executors, executorsOf } from './convert-executor';
import { workerClaims } from './hazards';
import { JsonObject } from './json';
import { Kept } from './keep-release';
import { ObjectName } from './kubernetes-objects';
import { Back, InstallerSteps, installerSteps } from './move-installer';
import { ReleaseState } from './read-release';
import { shortages } from './room';

/** A step of the plan: its commands, what they change, and the way back. */
export interface Step {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly commands: readonly string[];
  readonly back: Back;
}

/** The steps of a move, in their order. */
export function stepsOf(
  conversion: Conversion, state: ReleaseState, kept: Kept, instance: string, program: readonly JsonObject[],
): Step[] {
  const { isAirflow3, values } = conversion;
  const facts: Facts = {
    state,
    kept,
    instance,
    k: `kubectl --namespace ${state.namespace}`,
    isAirflow3,
    web: isAirflow3 ? 'api-server' : 'webserver',
    serves: isAirflow3 && !kept.bundledPostgres,
    executors: executorsOf(conversion),
    logClaims: workerClaims(conversion, state.claims, state.name),
    installer: installerSteps(state),
    login: {
      user: String(values.effective('data.metadataConnection.user')),
      database: String(values.effective('data.metadataConnection.db')),
    },
    toMake: conversion.secrets
      .filter(({ secret, keys }) => [...keys.keys()].some(key => state.secrets.get(secret)?.includes(key) !== true))
      .map(({ secret }) => secret),
  };
  const before = [saveStep(facts), copyStep(facts), tryStep(facts, program), pauseStep(facts)];
  const after = [forgetStep(facts), deleteStep(facts)];
  // What is written after the dump is lost, so that everything ends first.
  return kept.bundledPostgres
    ? [...before, databaseStep(facts), stopStep(facts), drainStep(facts), dumpStep(facts), startStep(facts), checkStep(facts), ...after]
    : [...before, stopStep(facts), startStep(facts), checkStep(facts), drainStep(facts), ...after];
}

/** What the steps speak of. */
interface Facts {
  readonly state: ReleaseState;
  readonly kept: Kept;
  readonly instance: string;
  /** How a command of kubectl begins. */
  readonly k: string;
  readonly isAirflow3: boolean;
  readonly web: string;
  /** Whether the new execution API serves running tasks under the name of the old Service. */
  readonly serves: boolean;
  readonly executors: Executors;
  /** Claims of Celery workers that have the only logs of their tasks. */
  readonly logClaims: readonly string[];
  readonly installer: InstallerSteps;
  /** The login of the Postgres that the chart runs. */
  readonly login: { readonly user: string; readonly database: string };
  /** Secrets that someone has to make before the program is applied. */
  readonly toMake: readonly string[];
}

/** What the program writes. */
export const PROGRAM = 'dist/airflow.k8s.yaml';

function workloads({ state }: Facts, pattern: RegExp): string[] {
  const found = state.objects.filter(({ kind, name }) => ['Deployment', 'StatefulSet'].includes(kind) && pattern.test(name));
  return found.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`);
}

function saveStep({ installer: { save } }: Facts): Step {
  return {
    id: 'backup',
    title: 'Save',
    text: `Save the database by its own tools, and ${save.text}.`,
    commands: save.commands,
    back: { text: 'nothing has changed.' },
  };
}

function copyStep({ kept: { copies }, k, toMake }: Facts): Step {
  const others = toMake.length === 0 ? '' : ` Make ${toMake.map(name => `\`${name}\``).join(', ')} as well, as "Secrets to make" says.`;
  return {
    id: 'copy',
    title: 'Copy the keys',
    text: `The program reads copies under names that neither Helm nor the release knows. No value is printed.${others}`,
    commands: copies.map(({ from, to }) => copyCommand(k, from, to)),
    back: copies.length === 0
      ? { text: 'nothing has changed.' }
      : { text: 'Delete the copies.', commands: [`${k} delete secret ${copies.map(({ to }) => to).join(' ')}`] },
  };
}

/** A pipe from the API to the API: the values are not printed. */
function copyCommand(k: string, from: string, to: string): string {
  const data = '{{$comma := ""}}{{range $key, $value := .data}}{{$comma}}"{{$key}}":"{{$value}}"{{$comma = ","}}{{end}}';
  const template = `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"${to}"},"data":{{"{"}}${data}{{"}}"}}`;
  return `${k} get secret ${from} --output 'go-template=${template}' | ${k} apply --filename -`;
}

/** What the cluster refuses is known before anything stops. */
function tryStep({ k, state }: Facts, program: readonly JsonObject[]): Step {
  const mounted = new Set([...JSON.stringify(program).matchAll(/"claimName":"([^"]+)"/g)].map(([, claim]) => claim));
  const narrow = state.narrowClaims.filter(claim => mounted.has(claim));
  return {
    id: 'try',
    title: 'Try the program',
    text: [
      'The cluster checks all objects and makes none: a right, a custom resource or a rule of admission that is in the way is known '
        + 'before anything stops. Both installations run at the same time for a while, so that the nodes need room for both.',
      ...shortages(state.quotas, program),
      ...narrow.length === 0 ? [] : [`Pods of one node alone can mount ${narrow.map(claim => `\`${claim}\``).join(' and ')} `
        + '(`ReadWriteOnce`), and pods of the release mount it until the end: keep the new pods on that node (`pods.nodeSelector`), or '
        + ' move the files to a `ReadWriteMany` claim or a bucket first.'],
    ].join(' '),
    commands: [`${k} apply --dry-run=server --filename ${PROGRAM}`],
    back: { text: 'nothing has changed.' },
  };
}

function pauseStep({ installer: { pause } }: Facts): Step {
  return { id: 'pause', title: 'Pause who installs the release', ...pause };
}

/** The new Postgres needs its password, which a Job makes, and nothing else of the program. */
function databaseStep(facts: Facts): Step {
  const { instance, k } = facts;
  return {
    id: 'database',
    title: 'Start the new database',
    text: 'Another image cannot mount the volume of the Postgres of the chart. The new Postgres starts empty, while the release runs.',
    commands: [
      `${k} apply --filename ${PROGRAM} --selector '!app.kubernetes.io/component'`,
      `${k} apply --filename ${PROGRAM} --selector 'app.kubernetes.io/component in (bootstrap-secrets, postgres)'`,
      `${k} rollout status statefulset/${instance}-postgres --timeout=600s`,
    ],
    back: {
      text: 'Delete what the step has made. The claim of the new Postgres stays.',
      commands: [deleteProgram(facts)],
    },
  };
}

function stopStep(facts: Facts): Step {
  const { state, k, executors, kept } = facts;
  const brains = workloads(facts, /-(scheduler|dag-processor|triggerer)$/);
  // KEDA would start the triggerer again.
  const inTheWay = [
    ...state.objects.filter(({ kind }) => kind === 'Ingress'),
    ...state.objects.filter(({ kind, name }) => kind === 'ScaledObject' && name.endsWith('-triggerer')),
  ].map(({ kind, name }) => `${kind.toLowerCase()}/${name}`);
  const until = kept.bundledPostgres ? 'the plan has started the new scheduler' : 'the next step has started the new scheduler';
  const local = executors.local ? ', but for those of the LocalExecutor: wait until they have ended' : '';
  return {
    id: 'stop',
    title: 'Stop the scheduler of the release',
    text: `From here on no task starts until ${until}. Tasks that run go on${local}.`,
    commands: [
      ...inTheWay.length === 0 ? [] : [`${k} delete ${inTheWay.join(' ')}`],
      ...brains.length === 0 ? [] : [
        `${k} scale --replicas=0 ${brains.join(' ')}`,
        `${k} wait --for=delete pod --selector 'release=${state.name},component=scheduler' --timeout=180s`,
      ],
    ],
    back: facts.installer.restore,
  };
}

/** Only what the release has not had before is deleted. */
function deleteProgram({ k, kept: { shared } }: Facts): string {
  const all = `${k} delete --filename ${PROGRAM} --ignore-not-found`;
  if (shared.length === 0) { return all; }
  const others = shared.map(({ kind, name }) => `-e ${kind.toLowerCase()}/${name}`).join(' ');
  return `${k} get --filename ${PROGRAM} --ignore-not-found --output name | grep -vx ${others} | xargs ${k} delete`;
}

function startStep(facts: Facts): Step {
  const { state, kept, instance, k, web, serves } = facts;
  const patch = (to: object) => `${k} patch service ${kept.fullName}-${web} --patch '${JSON.stringify({ spec: { selector: to } })}'`;
  const labels = (release: boolean) => ({
    'tier': release ? 'airflow' : null,
    'component': release ? web : null,
    'release': release ? state.name : null,
    'app.kubernetes.io/instance': release ? null : instance,
    'app.kubernetes.io/component': release ? null : 'execution-api',
  });
  const alias = serves
    ? ' The Service of the release then leads running tasks to the new execution API; the UI is at the address of the new instance '
      + 'from here on.'
    : '';
  return {
    id: 'start',
    title: 'Start the new instance',
    text: `The migration finds the schema that it needs.${alias}`,
    commands: [
      `${k} apply --filename ${PROGRAM}`,
      `${k} rollout status deployment --selector 'app.kubernetes.io/instance=${instance}' --timeout=600s`,
      ...serves ? [patch(labels(false))] : [],
    ],
    back: {
      text: 'Delete what the program has made, and go the way back of the steps before, the last one first.',
      commands: [...serves ? [patch(labels(true))] : [], deleteProgram(facts)],
    },
  };
}

function checkStep({ instance, k }: Facts): Step {
  return {
    id: 'check',
    title: 'Check',
    text: 'The runs are there with their logs, users log in, and new tasks run. The last command fails if a connection cannot '
      + 'be decrypted.',
    commands: [
      `${k} exec deployment/${instance}-scheduler -- airflow dags list-import-errors`,
      `${k} exec deployment/${instance}-scheduler -- airflow connections export --file-format json /dev/null`,
    ],
    back: { text: 'as in the step before.' },
  };
}

/** Longer than any task: Kubernetes kills what has not ended after it. */
const DAY = 86_400;

function drainStep(facts: Facts): Step {
  const { state, kept, k, executors: { celery, kubernetes } } = facts;
  const workers = workloads(facts, /-worker(-|$)/);
  const [redis] = kept.bundledRedis ? workloads(facts, /-redis$/) : [];
  const pods = (selector: string) => `${k} get pod --selector 'release=${state.name},${selector}'`;
  const unfinished = "--field-selector 'status.phase!=Succeeded,status.phase!=Failed' --output name";
  const tasks = 'kubernetes_executor=True';
  // A command that fails is no reason to go on.
  const until = (nothing: string) => `until left=$(${nothing}) && [ -z "$left" ]; do sleep 5; done`;
  const scan = 'keys=$(redis-cli --no-auth-warning -a "$REDIS_PASSWORD" --scan)';
  const keys = `'set -e; ${scan}; echo "$keys" | grep -v -e "^$" -e _kombu -e pidbox -e unacked_ || true'`;
  return {
    id: 'drain',
    title: 'Let the tasks of the release end',
    text: drainText(facts, redis !== undefined),
    commands: [
      ...redis === undefined ? [] : [until(`${k} exec ${redis} -- sh -c ${keys}`)],
      ...celery && workers.length > 0 ? [
        // Nothing makes the pods anew; a Deployment leaves a ReplicaSet that would.
        `${k} delete ${workers.join(' ')} --cascade=orphan`,
        `${k} delete replicaset,pod --selector 'release=${state.name},component=worker' --cascade=orphan --grace-period=${DAY}`,
      ] : [],
      ...kubernetes ? [until(`${pods(tasks)} ${unfinished}`), `${k} delete pod --selector 'release=${state.name},${tasks}'`] : [],
    ],
    back: celery ? facts.installer.restore : { text: 'nothing has changed.' },
  };
}

function drainText(
  { state: { taskPods }, kept: { bundledPostgres }, executors: { celery, kubernetes }, isAirflow3, logClaims }: Facts, redis: boolean,
): string {
  const adopted = bundledPostgres ? 'The' : 'The new scheduler has adopted the';
  const parts = [
    ...kubernetes ? [`${adopted} ${taskPods} task pods of the release${bundledPostgres ? '' : '; they'} end by themselves.`] : [],
    ...redis ? ['The workers of the release go on until its Redis has neither a queued nor a running task.'] : [],
    ...isAirflow3 && !bundledPostgres && (celery || kubernetes) ? [
      "The token of a queued task lives for the release's `[scheduler] task_queued_timeout`. The program has the same value, so that the "
        + 'new scheduler queues a task again in time; leave it out afterwards.',
    ] : [],
    ...logClaims.length === 0 ? [] : [
      `The logs of finished tasks are on the claims of the workers alone (${logClaims.map(claim => `\`${claim}\``).join(', ')}), and the `
        + 'UI reads them from the workers: '
        + (bundledPostgres ? 'copy them first if you need them.' : 'wait with this step for as long as you need them, or copy them first.')
        + ' The claims stay.',
    ],
    ...celery ? ['A worker that is told to end takes no further task, and ends when its last one has; the pods get a day for it.'] : [],
  ];
  return parts.length === 0 ? 'No task of the release runs any more.' : parts.join(' ');
}

function dumpStep(facts: Facts): Step {
  const { state, instance, k, web, login: { user, database } } = facts;
  const [old = `statefulset/${state.name}-postgresql`] = workloads(facts, /-postgresql(-primary)?$/);
  const servers = workloads(facts, new RegExp(`-(${web}|webserver)$`));
  const dump = `PGPASSWORD="\${POSTGRES_PASSWORD:-$(cat "$POSTGRES_PASSWORD_FILE")}" pg_dump --username ${user} --format `
    + `custom ${database}`;
  const restore = 'pg_restore --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --no-owner --no-privileges --clean --if-exists '
    + '--exit-on-error';
  return {
    id: 'dump',
    title: 'Move the database',
    text: 'The UI of the release ends here, and the one of the new instance is there after the next step. What is written after the '
      + 'dump is lost.',
    commands: [
      ...servers.length === 0 ? [] : [
        `${k} scale --replicas=0 ${servers.join(' ')}`,
        `${k} wait --for=delete pod --selector 'release=${state.name},component in (api-server, webserver)' --timeout=180s`,
      ],
      `(umask 077; ${k} exec ${old} -- sh -c '${dump}' > ${state.name}.dump)`,
      `${k} exec --stdin statefulset/${instance}-postgres -- sh -c '${restore}' < ${state.name}.dump`,
    ],
    back: {
      ...facts.installer.restore, text: `The Postgres of the release is unchanged. ${sentence(facts.installer.restore.text)}`,
    },
  };
}

function forgetStep({ installer: { forget } }: Facts): Step { return { id: 'forget', ...forget }; }

function sentence(text: string): string { return text[0].toUpperCase() + text.slice(1); }

/** Kinds of which the plan deletes the release's objects. A claim is never among them. */
const DELETED = ['Deployment', 'StatefulSet', 'CronJob', 'Job', 'HorizontalPodAutoscaler', 'ScaledObject', 'PodDisruptionBudget',
  'NetworkPolicy', 'Ingress', 'Service', 'ConfigMap', 'RoleBinding', 'Role', 'Secret', 'ServiceAccount'];

function deleteStep({ state, kept, k }: Facts): Step {
  const isShared = ({ kind, name }: ObjectName) => kept.shared.some(other => other.kind === kind && other.name === name);
  const all = [...state.objects, ...state.hooks].filter(object => !isShared(object));
  const commands = DELETED.flatMap(kind => {
    const names = [...new Set(all.filter(object => object.kind === kind).map(({ name }) => name))];
    return names.length === 0 ? [] : [`${k} delete ${kind.toLowerCase()} --ignore-not-found ${names.join(' ')}`];
  });
  const idle = state.claims.filter(claim => /^(logs|redis-db|data)-.*-\d+$/.test(claim) && claim.includes(`-${state.name}-`));
  const left = idle.length === 0 ? '' : ` These claims of the release stay without a user; delete them when nobody needs them: ${
    idle.map(claim => `\`${claim}\``).join(', ')}.`;
  const stays = [...kept.claims, ...kept.shared.map(({ name }) => name)].map(name => `\`${name}\``).join(', ');
  return {
    id: 'delete',
    title: 'Delete the rest of the release',
    text: `${stays === '' ? 'No claim is in the list.' : `What is kept is not in the list: ${stays}.`}${left}`,
    commands,
    back: { text: 'there is none: do this when the instance has run for a while.' },
  };
}
