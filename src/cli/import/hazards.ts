import { Conversion } from './conversion';
import { executorsOf } from './convert-executor';
import { Kept } from './keep-release';
import { ReleaseState } from './read-release';

/** What a move can break, each with the step that takes care of it, or the reason why it cannot happen. */
export function hazards(
  conversion: Conversion, state: ReleaseState, kept: Kept, instance: string, steps: { readonly [id: string]: number },
): [hazard: string, answer: string][] {
  const step = (id: string) => `step ${steps[id]}`;
  const r = kept.fullName;
  return [
    ...secretHazards(r, kept, state, step),
    ...objectHazards(state, kept, instance, step),
    ...taskHazards(conversion, state, kept, step),
  ];
}

type StepOf = (id: string) => string;

function secretHazards(r: string, kept: Kept, { installer }: ReleaseState, step: StepOf): [string, string][] {
  return [
    [
      `The Secrets of hooks (\`${r}-fernet-key\`, \`${r}-redis-password\`, \`${r}-broker-url\`) are made anew by a reinstall`,
      `the program reads copies (${step('copy')}), and nothing is installed again`,
    ],
    [
      'Uninstalling deletes the Secrets of the manifest, and keys that nobody set are random in each upgrade',
      `copies (${step('copy')}); the plan has no \`helm upgrade\` and no \`helm uninstall\``,
    ],
    [
      'Behind PgBouncer the metadata URL names an alias, not the database',
      kept.pgBouncer
        ? 'the program has the address of the database itself, not the URL of the release'
        : 'the release has no PgBouncer',
    ],
    ['Another session key logs everyone out, and breaks links to logs', `the key is a copy (${step('copy')})`],
    [
      'The Secrets in which Helm stores the release hold passwords',
      installer.kind === 'helm'
        ? `${step('forget')} deletes them; keep the file of ${step('backup')} as you keep passwords`
        : 'Helm has stored nothing',
    ],
  ];
}

function objectHazards({ name: r, installer }: ReleaseState, kept: Kept, instance: string, step: StepOf): [string, string][] {
  return [
    [
      `Uninstalling deletes the claims \`${r}-logs\` and \`${r}-dags\``,
      kept.claims.length === 0
        ? 'the release has no such claim, or the program does not need it'
        : `${step('forget')} makes the installer forget them, and ${step('delete')} leaves claims alone`,
    ],
    [
      'The Postgres of the chart has the layout and the user of Bitnami',
      kept.bundledPostgres ? `dump and restore (${step('dump')}), not the volume` : 'the database runs outside of the release',
    ],
    [
      'Names depend on useStandardNaming and fullnameOverride',
      `the names come from ${installer.kind === 'helm' ? 'the manifest that Helm has stored' : 'the label of the release'}; they `
        + `begin with \`${kept.fullName}\``,
    ],
    [
      'Clouds trust service accounts by their names',
      kept.accounts.length === 0
        ? 'no account of the release has an annotation of a cloud'
        : `${kept.accounts.map(name => `\`${name}\``).join(', ')} keep their names`,
    ],
    ['Selectors are immutable', `every object has the name of the instance \`${instance}\`, which the release does not use`],
    [
      'Two Ingresses on one host, autoscalers and Jobs that stay',
      `the Ingress of the release goes first (${step('stop')}), all others in ${step('delete')}`,
    ],
    ['A migration waits for locks', `the database has the schema already, and ${step('stop')} has stopped the scheduler`],
  ];
}

function taskHazards(conversion: Conversion, state: ReleaseState, kept: Kept, step: StepOf): [string, string][] {
  const { fullName: r } = kept;
  const ended = kept.bundledPostgres ? `all tasks of the release end (${step('drain')}) before the new instance starts` : undefined;
  const served = conversion.isAirflow3
    ? `the secret is the same, and the Service leads to the new execution API (${step('start')}), a Deployment of its own, until the `
      + 'tasks have ended'
    : 'tasks of Airflow 2 talk to the database itself';
  return [
    [
      `Running tasks talk to the Service \`${r}-api-server\`, with tokens of the old JWT secret`,
      ended ?? served,
    ],
    [`Pending task pods need the ConfigMap \`${r}-config\` and the Secrets of the release`, `both stay until ${step('drain')} is done`],
    [
      'A scheduler must adopt the pods that run',
      ended ?? 'same namespace, same database, same labels: Airflow adopts them when the heartbeat of the old scheduler ends',
    ],
    [
      'Another folder or name of the DAGs makes them inactive until they are parsed',
      `the new instance parses them before the check of ${step('check')}; the report says where the DAGs are`,
    ],
    ['Logs in another folder are not found', logsAnswer(conversion, state, kept, step)],
    ['Messages in the queue of Celery, and the password of the broker', brokerAnswer(kept, step)],
  ];
}

function logsAnswer(conversion: Conversion, { claims, name }: ReleaseState, kept: Kept, step: StepOf): string {
  if (kept.claims.some(claim => claim.endsWith('-logs'))) { return 'the claim is the same, and so is the template of the file names'; }
  const own = workerClaims(conversion, claims, name);
  return own.length === 0
    ? 'logs in a store keep their place; logs inside of pods of the release end with them, as they do in each rollout'
    : `the workers of the release have them on their own claims, and show them until they end (${step('drain')})`;
}

/** Claims on which Celery workers keep the logs of their tasks, if these go nowhere else. */
export function workerClaims(conversion: Conversion, claims: readonly string[], release: string): string[] {
  const { props: { builder }, options } = conversion;
  const isRemote = builder.has('logs') || options.get('logging.remote_logging')?.toLowerCase() === 'true';
  if (!executorsOf(conversion).celery || isRemote) { return []; }
  return claims.filter(claim => claim.startsWith('logs-') && claim.includes(`${release}-`) && /-worker-(.*-)?\d+$/.test(claim));
}

function brokerAnswer({ bundledRedis }: Kept, step: StepOf): string {
  return bundledRedis
    ? `the old workers run what is queued in the old Redis, and ${step('drain')} waits until it is empty; new tasks go to the new one`
    : 'the broker stays, or there is none';
}
