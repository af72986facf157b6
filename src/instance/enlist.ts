import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IAirflow } from './i-airflow';
import { identityOf } from './identity';
import { WorkloadMetrics } from '../core/airflow-workload';
import { endpointAt, KUBERNETES, Peer } from '../core/endpoints';
import { isRole, isWeb, needsOf, Role } from '../core/needs';
import { ServiceAccountOptions } from '../kubernetes/service-account-options';

const TITLES: { readonly [role in Role]: string } = {
  [Role.API_SERVER]: 'API server',
  [Role.EXECUTION_API]: 'execution API',
  [Role.WEBSERVER]: 'webserver',
  [Role.SCHEDULER]: 'scheduler',
  [Role.DAG_PROCESSOR]: 'dag-processor',
  [Role.TRIGGERER]: 'triggerer',
  [Role.TASK]: 'task pods',
  [Role.WORKER]: 'Celery workers',
  [Role.FLOWER]: 'Flower',
  [Role.MIGRATION]: 'migration (Job)',
  [Role.SYNC_USERS]: 'sync-users (Job)',
  [Role.POOLS]: 'pools (Job)',
  [Role.CHECK_DAGS]: 'check-dags (Job)',
  [Role.AUTH_RESOURCES]: 'auth-resources (Job)',
  [Role.ROTATE_FERNET_KEY]: 'rotate-fernet-key (Job)',
  [Role.BOOTSTRAP_SECRETS]: 'bootstrap-secrets (Job)',
  [Role.JOB]: 'Job',
  [Role.CLEAN_DATABASE]: 'clean-database (CronJob)',
  [Role.CLEAN_TASK_PODS]: 'clean-task-pods (CronJob)',
  [Role.CLEAN_XCOMS]: 'clean-xcoms (CronJob)',
  [Role.CLEAN_JOBS]: 'clean-jobs (CronJob)',
};

/** The pods that a construct creates for a role. */
export interface RolePods {
  readonly role: Role;
  readonly podLabels: { readonly [name: string]: string };
  readonly object?: ApiObject;
  /**
   * The name of this set among several sets of the same role; the default set has an empty name. Without a value, it is the id of the
   * construct, or empty if that id is the role.
   */
  readonly name?: string;
  readonly moreNamespaces?: () => readonly string[];
  /** Where the main container serves metrics for Prometheus. */
  readonly ownMetrics?: WorkloadMetrics[];
  /** The options of the service accounts, which may have a cloud identity. The function runs at each read of the registry. */
  readonly serviceAccounts?: () => readonly (ServiceAccountOptions | undefined)[];
  /** Servers that only these pods talk to. The function runs at each read of the registry. */
  readonly morePeers?: () => Peer[];
  /** The scripts of `python/` that only these pods run. */
  readonly scripts?: readonly string[];
}

/** Adds pods that run Airflow to the registry. Their role decides which servers they talk to. */
export function enlist(airflow: IAirflow, scope: Construct, pods: RolePods): void {
  const { role, name = scope.node.id === role ? '' : scope.node.id, serviceAccounts, morePeers, ownMetrics = [], ...rest } = pods;
  const label = name === '' ? TITLES[role] : `${TITLES[role]}: ${name}`;
  const { traits } = airflow._instance;
  const identities = () => (serviceAccounts?.() ?? [undefined]).flatMap(options => identityServer(airflow, role, options));
  airflow._registry.enlist({
    ...rest,
    scope,
    role,
    label,
    runsUserCode: needsOf(role, traits).dags,
    peers: () => [...peersOf(airflow, role), ...identities(), ...morePeers?.() ?? []],
    metrics: () => [...ownMetrics, ...airflow._instance.parts(role).flatMap(part => part.metrics ?? [])],
  });
}

function peersOf(airflow: IAirflow, role: Role): Peer[] {
  const { traits, endpoints, kubernetesCalls, parts } = airflow._instance;
  const needs = needsOf(role, traits);
  const when = (needed: boolean, peer: () => Peer) => (needed ? [peer()] : []);
  const { database, directDatabase = database, broker, results = database } = endpoints;
  return [
    ...when(needs.executionApi, () => executionApi(airflow)),
    ...when(needs.metadata, () => ({ ...role === Role.MIGRATION ? directDatabase : database, purpose: 'metadata' })),
    ...when(needs.broker, () => ({ ...broker!, purpose: 'queues' })),
    ...when(needs.results, () => ({ ...results, purpose: 'results' })),
    ...isWeb(role) ? logServers(airflow) : [],
    ...kubernetesCalls(role).map(purpose => ({ ...KUBERNETES, purpose })),
    ...parts(role).flatMap(part => part.peers?.(role) ?? []),
  ];
}

/** The server that gives the pods the credentials of their cloud identity. */
function identityServer(airflow: IAirflow, role: Role, options: ServiceAccountOptions | undefined): Peer[] {
  const server = identityOf(airflow._instance, role, options)?.server;
  return server === undefined ? [] : [{ ...server, purpose: 'cloud identity' }];
}

function executionApi({ config, node, _registry: registry, _instance: { executionApi: { role, external } } }: IAirflow): Peer {
  const label = TITLES[role];
  const endpoint = endpointAt(role, label, config.get('core', 'execution_api_server_url')!);
  const own = external === undefined ? node.findChild(role) as Construct : undefined;
  return { ...endpoint, ...own && { id: registry.endpoint(own, label, 0).id }, purpose: 'execution API' };
}

/** The pods that serve the logs that they write. */
function logServers({ _registry: registry, _instance: { traits } }: IAirflow): Peer[] {
  return registry.members.flatMap(({ id, label, role }) => {
    const port = isRole(role) ? needsOf(role, traits).servesLogs : undefined;
    return port === undefined ? [] : [{ id, label, port: port.containerPort, purpose: port.name.replace('-', ' ') }];
  });
}
