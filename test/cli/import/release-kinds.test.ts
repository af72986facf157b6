import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { cluster, commandsOf, imported, MANIFEST, named, SECRETS, titlesOf, VALUES } from './fake-release';
import { kubectl, readRelease } from '../../../src/cli/import/read-release';

/** The same release under another beginning of its names. */
const renamed = (to: string) => ({ manifest: MANIFEST.replace(/airflow-/g, `${to}-`), secrets: SECRETS.map(line => line.replace(/^airflow-/, `${to}-`)) });
const CELERY = { ...VALUES, executor: 'CeleryExecutor', workers: {} };
const step = (report: string, title: string) => report.split(/^### \d+\. /m).find(text => text.startsWith(`${title}\n`))!;

describe('names', () => {
  test.each([
    [{ useStandardNaming: true, nameOverride: 'etl' }, 'airflow-etl'],
    [{ useStandardNaming: true, fullnameOverride: 'data' }, 'data'],
    [{ fullnameOverride: 'data' }, 'airflow'],
  ])('of Secrets and Services are those of the chart: %j', (naming, base) => {
    const { program, report } = imported(cluster({ values: { ...VALUES, ...naming }, ...renamed(base) }).run);
    expect(program).toContain("fernetKey: { current: SecretKey.of('airflow-kept-fernet-key', 'fernet-key') }");
    expect(program).toContain("database: Database.fromSecret(SecretKey.of('airflow-kept-metadata', 'connection'))");
    expect(commandsOf(report, 'Copy the keys')[0]).toContain(`get secret ${base}-fernet-key `);
    expect(commandsOf(report, 'Start the new instance').pop()).toContain(`patch service ${base}-api-server `);
  });

  test('of service accounts follow `fullnameOverride` in any case', () => {
    const objects = { serviceaccount: [{ metadata: { name: 'data-worker', annotations: { 'eks.amazonaws.com/role-arn': 'arn' } } }] };
    const { program } = imported(cluster({ values: { ...VALUES, fullnameOverride: 'data' }, objects }).run);
    expect(program).toContain("name: 'data-worker'");
  });

  test('of service accounts that the values give stay, and the plan deletes none of these', () => {
    const values = { ...VALUES, scheduler: { serviceAccount: { name: 'brain' } } };
    const { program, report } = imported(cluster({ values, manifest: `${MANIFEST}---\n${named('ServiceAccount', 'brain')}` }).run);
    expect(program).toContain("scheduler: { serviceAccount: { name: 'brain' } }");
    expect(commandsOf(report, 'Delete the rest of the release').join()).not.toContain('brain');
  });
});

describe('Secrets', () => {
  test('that the chart has made of passwords in the values are copied, since the move deletes them', () => {
    const values = {
      ...CELERY,
      data: { ...VALUES.data as object, brokerUrl: 'redis://:never-written@redis', resultBackendConnection: { host: 'db', pass: 'never-written' } },
      flower: { enabled: true, username: 'ann', password: 'never-written' },
      dags: { gitSync: { enabled: true, repo: 'git@example.com:dags.git', knownHosts: 'example.com ssh-ed25519 AAAA', sshKey: 'never-written' } },
      fernetKey: 'never-written',
    };
    const own = ['airflow-flower basicAuth', 'airflow-broker-url connection', 'airflow-result-backend connection', 'airflow-ssh-secret gitSshKey'];
    const { program, report, status } = imported(cluster({ values, secrets: [...SECRETS, ...own] }).run);
    expect(status).toBe(0);
    expect(program + report).not.toContain('never-written');
    expect(report).not.toContain('## Secrets to make');
    expect(commandsOf(report, 'Copy the keys').map(command => /get secret (\S+) .*"name":"([^"]+)"/.exec(command)!.slice(1).join(' -> '))).toEqual([
      'airflow-fernet-key -> airflow-kept-fernet-key', 'airflow-jwt-secret -> airflow-kept-jwt-secret',
      'airflow-api-secret-key -> airflow-kept-api-secret-key', 'airflow-metadata -> airflow-kept-metadata',
      'airflow-broker-url -> airflow-kept-broker', 'airflow-result-backend -> airflow-kept-result-backend',
      'airflow-flower -> airflow-kept-flower', 'airflow-ssh-secret -> airflow-kept-git-ssh',
    ]);
    expect(program.replace(/\s+/g, ' ')).toContain("auth: FlowerAuth.fromSecret(SecretKey.of('airflow-kept-flower', 'basicAuth'))");
  });

  test('that the release does not have are to be made, under a name that it does not have either', () => {
    const { program, report } = imported(cluster({ values: { ...VALUES, pgbouncer: { enabled: true } } }).run);
    expect(program).toContain("password: SecretKey.of('airflow-kept-database', 'password')");
    expect(step(report, 'Copy the keys')).toContain('Make `airflow-kept-database` as well');
  });

  test('without a Fernet key are a decision, since nothing could be decrypted', () => {
    const { report, status } = imported(cluster({ secrets: SECRETS.filter(line => !line.includes('fernet')) }).run);
    expect(status).toBe(1);
    expect(report).toContain("| `fernetKey` | the namespace has no Secret 'airflow-fernet-key', and the values name no other one: without the Fernet "
      + 'key of the release, its connections and variables cannot be read; set secrets: AirflowSecrets.fromSecrets({ fernetKey }) |');
  });

  test('keep the pool of the database, and lead KEDA past PgBouncer', () => {
    const values = { ...CELERY, pgbouncer: { enabled: true }, workers: { keda: { enabled: true, usePgbouncer: false } } };
    const config = { database: { sql_alchemy_pool_size: 7 } };
    const secrets = [...SECRETS.filter(line => !line.includes('metadata')), 'airflow-metadata connection kedaConnection'];
    const { program } = imported(cluster({ values: { ...values, config }, secrets }).run);
    expect(program).toContain("const connection = SecretKey.of('airflow-kept-metadata', 'kedaConnection');");
    expect(program).toContain('database: Database.fromSecret(connection, { pool: { size: 7 } })');
    expect(program).toContain('Scaling.keda({ maxReplicas: 10, connection })');
  });

  test('give KEDA the URL that it reads already', () => {
    const own = { ...CELERY, data: { metadataSecretName: 'own' }, workers: { keda: { enabled: true } } };
    expect(imported(cluster({ values: own }).run).program).toContain("Scaling.keda({ maxReplicas: 10, connection: SecretKey.of('own', 'connection') })");
  });
});

test('the policies of the program admit the tasks that still run', () => {
  const { program } = imported(cluster({ values: { ...VALUES, networkPolicies: { enabled: true } } }).run, '--accept');
  expect(program).toContain(`networkPolicies.allow({
  source: NetworkPeer.namespace('airflow', { podLabels: { release: 'airflow' } }),
  target: NetworkPeer.namespace('airflow', { podLabels: { 'app.kubernetes.io/component': 'execution-api' } }),
  port: 8080,
});`);
});

describe('room', () => {
  const quota = (hard: { [name: string]: string }, used = {}) => ({ metadata: { name: 'team' }, spec: { hard }, status: { hard, used } });

  test('that a quota does not leave is said before anything stops', () => {
    const objects = { resourcequota: [quota({ 'pods': '8', 'requests.memory': '64Gi', 'limits.cpu': '100', 'secrets': '1' }, { pods: '6' })] };
    const text = step(imported(cluster({ objects }).run).report, 'Try the program');
    expect(text).toContain('The quota `team` allows 8 of `pods`, 6 are used, and the instance needs 7 more: raise it until the release is gone.');
    expect(text).toContain('The quota `team` refuses a container without `limits.cpu`, unless a LimitRange gives it one: ');
    expect(text).not.toMatch(/of `requests.memory`|secrets/);
  });

  test('is no matter of a quota with a scope', () => {
    const objects = { resourcequota: [{ ...quota({ pods: '1' }), spec: { scopes: ['BestEffort'] } }] };
    expect(step(imported(cluster({ objects }).run).report, 'Try the program')).not.toContain('quota');
  });

  test('on one node alone is said of claims that only one node can mount', () => {
    const objects = { persistentvolumeclaim: [{ metadata: { name: 'airflow-logs' }, spec: { accessModes: ['ReadWriteOnce'] } }] };
    expect(step(imported(cluster({ objects }).run).report, 'Try the program')).toContain('Pods of one node alone can mount `airflow-logs`');
  });
});

test('workers show the logs that they alone have, until they end', () => {
  const objects = { persistentvolumeclaim: [{ metadata: { name: 'logs-airflow-worker-0' }, spec: { accessModes: ['ReadWriteOnce'] } }] };
  const manifest = `${MANIFEST}---\n${named('StatefulSet', 'airflow-worker')}`;
  const { report } = imported(cluster({ values: { ...CELERY, logs: {} }, objects, manifest }).run);
  expect(step(report, 'Let the tasks of the release end')).toContain('The logs of finished tasks are on the claims of the workers alone '
    + '(`logs-airflow-worker-0`), and the UI reads them from the workers: wait with this step for as long as you need them, or copy them first.');
});

test('the last step lists the claims that nobody uses any more', () => {
  const claims = ['airflow-logs', 'logs-airflow-triggerer-0', 'redis-db-airflow-redis-0', 'logs-other-worker-0'];
  const objects = { persistentvolumeclaim: claims.map(name => ({ metadata: { name }, spec: { accessModes: ['ReadWriteMany'] } })) };
  expect(step(imported(cluster({ objects }).run).report, 'Delete the rest of the release')).toContain('What is kept is not in the list: `airflow-logs`, '
    + '`airflow-worker`. These claims of the release stay without a user; delete them when nobody needs them: `logs-airflow-triggerer-0`, '
    + '`redis-db-airflow-redis-0`.');
});

test('a triggerer that KEDA scales stays stopped', () => {
  const { report } = imported(cluster({ manifest: `${MANIFEST}---\n${named('ScaledObject', 'airflow-triggerer', 'airflow-worker')}` }).run);
  expect(commandsOf(report, 'Stop the scheduler of the release')[0])
    .toBe('kubectl --namespace airflow delete ingress/airflow-ingress scaledobject/airflow-triggerer');
});

describe('an umbrella chart', () => {
  const source = (file: string, manifest: string) => `# Source: platform/charts/${file}\n${manifest}`;
  const manifest = [
    ...MANIFEST.split('---\n').map(part => source('airflow/templates/all.yaml', part)), source('superset/templates/all.yaml', named('Deployment', 'superset')),
  ].join('---\n');
  const chart = {
    metadata: { name: 'platform', version: '0.1.0', dependencies: [{ name: 'airflow', version: '^1.20' }, { name: 'superset', version: '1' }] },
    lock: { dependencies: [{ name: 'airflow', version: '1.22.0' }] },
    values: { airflow: { ...VALUES, executor: 'LocalExecutor' } },
  };
  const hooks = [{ kind: 'Secret', name: 'airflow-fernet-key', path: 'platform/charts/airflow/templates/fernet.yaml' }];
  const { program, report } = imported(cluster({ values: { airflow: { executor: 'KubernetesExecutor' } }, chart, manifest, hooks }).run);

  test('has the values of both the chart and the release', () => {
    expect(program).toContain("database: Database.fromSecret(SecretKey.of('airflow-kept-metadata', 'connection'))");
    expect(program).not.toContain('LocalExecutor');
    expect(report).toContain('(revision 4, chart 1.22.0)');
  });

  test('may have it under an alias, which Helm writes over its name', () => {
    const dependencies = [{ name: 'flow', alias: 'flow', version: '1.22.0', repository: 'https://airflow.apache.org' }];
    const aliased = { ...chart, metadata: { ...chart.metadata, dependencies }, lock: {}, values: { flow: { ...VALUES, useStandardNaming: true } } };
    const { report: plan } = imported(cluster({
      values: {}, chart: aliased, manifest: manifest.replace(/charts\/airflow/g, 'charts/flow'), hooks: [], secrets: renamed('airflow').secrets,
    }).run);
    expect(commandsOf(plan, 'Copy the keys')[0]).toContain('get secret airflow-fernet-key ');
  });

  test('loses no object that is not of Airflow, and the plan says which ones have no release any more', () => {
    expect(commandsOf(report, 'Delete the rest of the release').join()).not.toContain('superset');
    expect(step(report, 'Let Helm forget the release')).toContain('The objects of the chart around Airflow stay as well, without a release: '
      + '`deployment/superset`.');
  });
});

describe('Flux', () => {
  const labels = { 'release': 'airflow', 'helm.toolkit.fluxcd.io/name': 'data', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' };
  const objects = { deployment: [{ metadata: { labels } }] };

  test('is suspended, and its HelmRelease has to go before someone resumes it', () => {
    const { report } = imported(cluster({ objects }).run);
    expect(commandsOf(report, 'Pause who installs the release')).toEqual(['flux suspend helmrelease data --namespace flux-system']);
    expect(commandsOf(report, 'Pause who installs the release', 'back')).toEqual(['flux resume helmrelease data --namespace flux-system']);
    expect(commandsOf(report, 'Stop the scheduler of the release', 'back')).toEqual(['helm rollback airflow 4 --namespace airflow']);
    expect(step(report, 'Let Helm forget the release')).toContain('Take the HelmRelease `flux-system/data` out of its Git repository now');
  });

  test('alone restores a release that Helm stores in another namespace', () => {
    const { report } = imported(cluster({ objects, storage: 'flux-system' }).run);
    expect(commandsOf(report, 'Save')[0]).toContain('kubectl --namespace flux-system get secret --selector owner=helm,name=airflow');
    expect(commandsOf(report, 'Let Helm forget the release')).toEqual(['kubectl --namespace flux-system delete secret --selector owner=helm,name=airflow']);
    expect(commandsOf(report, 'Stop the scheduler of the release', 'back')).toEqual([
      'flux resume helmrelease data --namespace flux-system', 'flux reconcile helmrelease data --namespace flux-system --force',
      'flux suspend helmrelease data --namespace flux-system',
    ]);
  });
});

describe('Argo CD', () => {
  const deployment = [{
    metadata: {
      labels: { release: 'airflow', chart: 'airflow-1.20.0' },
      annotations: { 'argocd.argoproj.io/tracking-id': 'teams_data:apps/Deployment:airflow/airflow-scheduler' },
    },
  }];
  const application = [{
    spec: {
      source: { chart: 'airflow', targetRevision: '1.20.*', helm: { valuesObject: VALUES } },
      destination: { namespace: 'airflow' },
      syncPolicy: { automated: { prune: true } },
    },
  }];
  const { program, report } = imported(cluster({ storage: null, objects: { deployment, application } }).run);
  const k = 'kubectl --namespace teams';

  test('has the values in its Application, and Helm has stored nothing', () => {
    expect(program).toContain('for version 1.20.0 of the chart');
    expect(program).toContain("database: Database.fromSecret(SecretKey.of('airflow-kept-metadata', 'connection'))");
    expect(report).toContain('The release `airflow` (chart 1.20.0)');
    expect(report).not.toContain('helm rollback');
  });

  test('neither synchronizes nor deletes anything during the move', () => {
    expect(commandsOf(report, 'Save')).toEqual([`(umask 077; ${k} get application.argoproj.io data --output yaml > airflow-application.yaml)`]);
    expect(commandsOf(report, 'Pause who installs the release'))
      .toEqual([`${k} patch application.argoproj.io data --type merge --patch '{"spec":{"syncPolicy":{"automated":null}}}'`]);
    expect(commandsOf(report, 'Pause who installs the release', 'back'))
      .toEqual([`${k} patch application.argoproj.io data --type merge --patch '{"spec":{"syncPolicy":{"automated":{"prune":true}}}}'`]);
    expect(commandsOf(report, 'Stop the scheduler of the release', 'back')).toEqual(['argocd app sync teams/data']);
    expect(commandsOf(report, 'Let Argo CD forget the release')).toEqual([
      `${k} patch application.argoproj.io data --type merge --patch '{"metadata":{"finalizers":null}}'`, `${k} delete application.argoproj.io data`,
    ]);
    expect(commandsOf(report, 'Let Argo CD forget the release', 'back')).toEqual([`${k} create --filename airflow-application.yaml`]);
  });

  test('in another cluster needs the values as well', () => {
    const { run } = cluster({ storage: null, objects: { deployment } });
    expect(() => imported(run)).toThrow(new Error("the release 'airflow' was installed by the Application 'data' of Argo CD, so that Helm has not stored its "
      + 'values; give them as well: cdk8s-airflow import values.yaml --from-release airflow --namespace airflow'));
  });
});

test('manifests that someone has applied are found by their labels', () => {
  const { run } = cluster({ storage: null, objects: { deployment: [{ metadata: { labels: { release: 'airflow', chart: 'airflow-1.22.0' } } }] } });
  expect(() => imported(run)).toThrow(new Error("the release 'airflow' was installed by `kubectl apply`, so that Helm has not stored its values; give them "
    + 'as well: cdk8s-airflow import values.yaml --from-release airflow --namespace airflow'));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'manifests-'));
  try {
    const file = path.join(folder, 'values.yaml');
    fs.writeFileSync(file, JSON.stringify(VALUES));
    const { report } = imported(run, file);
    expect(titlesOf(report)).toContain('Forget the manifests of the release');
    expect(commandsOf(report, 'Save')).toEqual(['']);
    expect(report).toContain('Back: apply the manifests of the release again.');
    expect(commandsOf(report, 'Delete the rest of the release').join()).toContain('delete deployment --ignore-not-found airflow-scheduler');
  } finally { fs.rmSync(folder, { recursive: true }); }
});

test('fails for a release that is not there, and for one of another chart', () => {
  expect(() => readRelease('airflow', 'airflow', false, () => '{"items": []}')).toThrow(new Error("the namespace 'airflow' has no release 'airflow' of Helm, "
    + "and no Deployment with the label release=airflow; `helm list --all-namespaces` has all releases; give the namespace by '--namespace'"));
  expect(() => readRelease('airflow', 'airflow', false, cluster({ chart: { metadata: { name: 'superset' } } }).run))
    .toThrow(new Error("the release 'airflow' must be of the chart 'airflow', or of one that depends on it, got 'superset'"));
});

test('fails for a release that an upgrade has left half done, and for a chart that is too new', () => {
  expect(() => imported(cluster({ status: 'pending-upgrade' }).run)).toThrow(new Error("the revision 4 of the release 'airflow' is 'pending-upgrade', so that "
    + 'Helm refuses any way back; wait until it has ended, or run `helm rollback airflow` if it broke off'));
  expect(() => imported(cluster({ chart: { metadata: { name: 'airflow', version: '1.99.0' } } }).run)).toThrow(new Error('the values are for version 1.99.0 of '
    + "the chart, and the command knows the keys up to 1.22.0; add '--chart-version 1.22.0', and read in the report which keys are unknown"));
});

test('fails with the rights that are needed for someone who may not read Secrets', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kubectl-'));
  const before = process.env.PATH;
  try {
    const refusal = 'Error from server (Forbidden): secrets is forbidden: User "ann" cannot list resource "secrets"';
    fs.writeFileSync(path.join(folder, 'kubectl'), `#!/bin/sh\necho '${refusal}' >&2\nexit 1\n`, { mode: 0o755 });
    process.env.PATH = `${folder}:${before}`;
    expect(() => kubectl(['get', 'secret', '--namespace', 'airflow'])).toThrow(new Error(`kubectl get secret failed: ${refusal}; the command reads the Secrets `
      + '(Helm keeps a release in one), deployments, claims, service accounts and pods of the namespace; ask for these rights, or import the '
      + 'values from their file'));
  } finally {
    process.env.PATH = before;
    fs.rmSync(folder, { recursive: true });
  }
});
