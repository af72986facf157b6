import { AlertLab } from './alert-lab';
import { issueCertificate, tlsSecret } from './certificates';
import { kubectl } from './kubectl';
import { Pending, until } from './poll';
import { deployment } from './prometheus';

/** A fault, and the alerts that must fire because of it. */
export interface Fault {
  readonly fault: string;
  readonly alerts: string[];
  /** Alerts that fire when the fault has been mended. */
  readonly after?: string[];
  /** Faults of one phase are made together. */
  readonly phase: number;
  /** The alerts whose rules look back for so long that the next phase does not wait for their end. */
  readonly lookBack?: string[];
  readonly make: (lab: AlertLab) => Promise<unknown>;
  readonly mend: (lab: AlertLab) => Promise<unknown>;
}

const IMAGE = 'apache/airflow:3.3.2';
/** A file system of the node that is no larger than a few hundred MiB, on which a volume can be filled. */
const SMALL = process.env.E2E_SMALL_VOLUME;
const NOWHERE = { nodeSelector: { no: 'node' } };
// Without the two words, Airflow takes the file for one without DAGs.
const DAG_FILE = '# airflow dag\n';
const HANGS = `${DAG_FILE}import time\ntime.sleep(240)\n`;

const VOLUMES: Fault[] = SMALL === undefined ? [] : [{
  fault: 'a volume is written full',
  alerts: ['AirflowVolumeFilling', 'AirflowVolumeFull'],
  phase: 1,
  make: async lab => {
    await smallVolume(lab, SMALL);
    await lab.kubectl('rollout', 'status', 'deployment/filler', '--timeout', '2m');
    await lab.kubectl('exec', 'deployment/filler', '--', 'sh', '-c', 'cat /dev/zero > /data/full || true');
  },
  mend: lab => lab.kubectl('exec', 'deployment/filler', '--', 'rm', '/data/full'),
}];

export const FAULTS: Fault[] = [
  {
    fault: 'ever more tasks for a pool of one slot',
    alerts: ['AirflowPoolStarved', 'AirflowQueueGrowing'],
    phase: 1,
    make: lab => growing(lab),
    mend: lab => lab.end('starves'),
  },
  {
    fault: 'five deferred tasks, and room for three',
    alerts: ['AirflowTriggererFull'],
    phase: 1,
    make: lab => lab.trigger('defers'),
    mend: async lab => {
      // The scheduler counts deferred tasks every 30 seconds, for a panel.
      await pass(60);
      await lab.end('defers');
    },
  },
  {
    fault: 'a DAG file with an import that fails',
    alerts: ['AirflowDagImportErrors'],
    phase: 1,
    make: lab => lab.commit('unknown_module.py', `${DAG_FILE}import not_a_module\n`),
    mend: lab => lab.remove('unknown_module.py'),
  },
  {
    fault: 'a DAG file that hangs for 4 minutes',
    alerts: ['AirflowDagFilesNotParsed'],
    phase: 1,
    make: lab => lab.commit('slow.py', HANGS),
    mend: lab => lab.commit('slow.py', DAG_FILE),
  },
  {
    fault: 'a task pod for a node that does not exist',
    alerts: ['AirflowTaskPodsPending'],
    phase: 1,
    make: lab => lab.trigger('pending'),
    mend: async lab => {
      await lab.end('pending');
      // The executor leaves the pod of a task that a user has ended.
      await lab.kubectl('delete', 'pods', '--selector', 'dag_id=pending', '--grace-period', '0', '--force');
    },
  },
  {
    fault: 'a task whose process stands still',
    alerts: ['AirflowTaskHeartbeatTimeouts'],
    lookBack: ['AirflowTaskHeartbeatTimeouts'],
    phase: 1,
    make: lab => lab.trigger('stopped'),
    mend: lab => lab.kubectl('delete', 'pods', '--selector', 'dag_id=stopped', '--grace-period', '0', '--force'),
  },
  {
    fault: 'a quota that has no place for a pod',
    alerts: ['AirflowTaskPodsRefused'],
    // It would also keep the pods away that other faults bring back.
    phase: 4,
    lookBack: ['AirflowTaskPodsRefused'],
    make: async lab => {
      await lab.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '1' } } });
      await lab.trigger('pods');
    },
    mend: lab => lab.kubectl('delete', 'resourcequota', 'none'),
  },
  {
    fault: 'a migration that does not end',
    alerts: ['AirflowMigrationStuck'],
    phase: 1,
    make: lab => lab.replaceJob('migration', ['sleep', '900']),
    mend: lab => lab.replaceJob('migration', undefined),
  },
  {
    fault: '60 sessions more in PostgreSQL',
    alerts: ['AirflowDatabaseConnectionsHigh'],
    phase: 1,
    // Postgres is process 1, and takes an orphan that ends with another status than 0 and 1 for a crash of its own.
    make: lab => lab.kubectl('exec', 'airflow-postgres-0', '--', 'sh', '-c',
      `(for i in $(seq 60); do psql --username airflow --command '${SLEEP}' & done; wait; exit 0) >/dev/null 2>&1 &`),
    mend: lab => lab.kubectl('exec', 'airflow-postgres-0', '--', 'psql', '--username', 'airflow', '--command', WAKE),
  },
  {
    fault: '328 MB in a Redis of 403 MB',
    alerts: ['AirflowRedisFull'],
    phase: 1,
    // In one script, the append-only file would be written at its end, and its buffer would take as much memory again.
    make: lab => lab.kubectl('exec', 'airflow-redis-0', '--', 'sh', '-c', 'for i in $(seq 82); do head -c 4000000 /dev/zero | redis-cli -x set full$i; done'),
    mend: lab => lab.kubectl('exec', 'airflow-redis-0', '--', 'sh', '-c', 'for i in $(seq 82); do redis-cli del full$i; done'),
  },
  {
    fault: 'six transactions for two connections of PgBouncer',
    alerts: ['AirflowPgBouncerClientsWaiting'],
    phase: 1,
    make: lab => lab.kubectl('exec', '--container', 'scheduler', 'deployment/airflow-scheduler', '--', 'sh', '-c', `python -c "${TRANSACTIONS}" >/tmp/transactions 2>&1 &`),
    mend: lab => lab.kubectl('exec', 'airflow-postgres-0', '--', 'psql', '--username', 'airflow', '--command', WAKE),
  },
  {
    fault: 'a certificate that ends in 2 days',
    alerts: ['AirflowCertificateExpiring'],
    phase: 1,
    make: async lab => lab.apply(tlsSecret('ends-soon', await issueCertificate(['airflow.example.com']), lab.namespace)),
    mend: lab => lab.kubectl('delete', 'secret', 'ends-soon'),
  },
  {
    // The image has no KDC, so a container stands for the sidecar: it is not ready, as that is whose ticket is old.
    fault: 'a sidecar kerberos that is not ready',
    alerts: ['AirflowKerberosTicketNotRenewed'],
    phase: 1,
    make: lab => lab.apply(withSidecar()),
    mend: lab => lab.kubectl('delete', 'pod', 'kerberos'),
  },
  ...VOLUMES,
  {
    fault: 'no scheduler',
    alerts: ['AirflowSchedulerDown'],
    after: ['AirflowScheduleDelay'],
    lookBack: ['AirflowScheduleDelay'],
    phase: 2,
    make: async lab => {
      // The runs that are due meanwhile begin late.
      await lab.unpause('late');
      await lab.takeAway('scheduler');
      await pass(100);
    },
    mend: lab => lab.bringBack('scheduler'),
  },
  {
    fault: 'no dag-processor',
    alerts: ['AirflowDagProcessorDown'],
    phase: 2,
    make: lab => lab.takeAway('dag-processor'),
    mend: lab => lab.bringBack('dag-processor'),
  },
  {
    fault: 'no node for the triggerer',
    alerts: ['AirflowTriggererDown', 'AirflowComponentUnavailable'],
    phase: 2,
    make: lab => lab.patchPods('triggerer', NOWHERE),
    mend: lab => lab.patchPods('triggerer', { nodeSelector: null }),
  },
  {
    fault: 'the branch of the DAGs is gone',
    alerts: ['AirflowGitSyncFailing'],
    phase: 2,
    make: lab => lab.git.git('branch --move main gone'),
    mend: lab => lab.git.git('branch --move gone main'),
  },
  {
    fault: 'a migration that fails',
    alerts: ['AirflowMigrationFailed'],
    phase: 3,
    make: lab => lab.replaceJob('migration', ['false']),
    mend: lab => lab.replaceJob('migration', undefined),
  },
  {
    fault: 'no worker',
    alerts: ['AirflowQueueWithoutWorker'],
    phase: 3,
    make: async lab => {
      await lab.takeAway('worker');
      await lab.trigger('queued');
    },
    mend: lab => lab.bringBack('worker'),
  },
  {
    fault: 'git-sync that looks once an hour',
    alerts: ['AirflowGitSyncStale'],
    phase: 1,
    make: lab => lab.patchPods('worker', gitSyncPeriod('1h')),
    mend: lab => lab.patchPods('worker', gitSyncPeriod('10s')),
  },
  {
    fault: 'no exporter',
    alerts: ['AirflowMetricsMissing'],
    phase: 5,
    make: lab => lab.takeAway(lab.exporter),
    mend: lab => lab.bringBack(lab.exporter),
  },
];

const SLEEP = 'select pg_sleep(900)';
const WAKE = 'select pg_terminate_backend(pid) from pg_stat_activity where query like \'%pg_sleep(900)%\' and pid <> pg_backend_pid()';
const TRANSACTIONS = `
import psycopg2, threading
from airflow.configuration import conf
from airflow.providers_manager import ProvidersManager
# Airflow 2 knows the options of providers only then.
ProvidersManager().initialize_providers_configuration()
url = conf.get('celery', 'result_backend').replace('db+', '').replace('postgresql+psycopg2', 'postgresql')
threads = [threading.Thread(target=lambda: psycopg2.connect(url).cursor().execute('${SLEEP}')) for _ in range(6)]
[thread.start() for thread in threads]
`;

async function growing(lab: AlertLab): Promise<void> {
  // A busy scheduler makes the runs in batches, and the queue must grow for minutes.
  for (let run = 0; run < 24; run++) {
    await lab.trigger('starves');
    await pass(15);
  }
}

function gitSyncPeriod(value: string): object {
  return { initContainers: [{ name: 'git-sync', env: [{ name: 'GITSYNC_PERIOD', value }] }] };
}

function withSidecar(): object {
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const container = { image: IMAGE, imagePullPolicy: 'IfNotPresent', command: ['sleep', '900'], securityContext: restricted };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kerberos' },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 50000, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 1,
      initContainers: [{ ...container, name: 'kerberos', restartPolicy: 'Always', readinessProbe: { exec: { command: ['false'] } } }],
      containers: [{ ...container, name: 'task' }],
    },
  };
}

async function smallVolume(lab: AlertLab, path: string): Promise<void> {
  const size = { storage: '64Mi' };
  const name = `${lab.namespace}-small`;
  const nodes = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'Exists' }] }] } };
  const claim = { storageClassName: name, accessModes: ['ReadWriteOnce'] };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { ...claim, capacity: size, local: { path }, nodeAffinity: nodes, persistentVolumeReclaimPolicy: 'Retain' },
  };
  await kubectl(['delete', 'persistentvolume', name, '--ignore-not-found']);
  await kubectl(['create', '--filename', '-'], { input: JSON.stringify(volume) });
  await lab.apply(
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'small' }, spec: { ...claim, resources: { requests: size } } },
    deployment(lab.namespace, 'filler', { image: IMAGE, command: ['sleep', 'infinity'], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      [{ name: 'data', persistentVolumeClaim: { claimName: 'small' } }]),
  );
}

/** Lets a time pass in which something goes wrong. */
async function pass(seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  await until('the time', { seconds: seconds + 60, periodSeconds: 1 }, async () => {
    if (Date.now() < end) { throw new Pending('not yet'); }
  });
}
