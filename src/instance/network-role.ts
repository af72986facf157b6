import { Construct } from 'constructs';
import { IAirflow } from './i-airflow';
import { endpointAt, KUBERNETES, Peer } from '../core/endpoints';
import { isWeb, needsOf, Role } from '../core/roles';

const TITLES: { readonly [role in Role]: string } = {
  [Role.API_SERVER]: 'API server',
  [Role.WEBSERVER]: 'webserver',
  [Role.SCHEDULER]: 'scheduler',
  [Role.DAG_PROCESSOR]: 'dag-processor',
  [Role.TRIGGERER]: 'triggerer',
  [Role.TASK]: 'task pods',
  [Role.WORKER]: 'Celery workers',
  [Role.FLOWER]: 'Flower',
  [Role.MIGRATION]: 'migration (Job)',
  [Role.CREATE_USER]: 'create-user (Job)',
  [Role.POOLS]: 'pools (Job)',
  [Role.BOOTSTRAP_SECRETS]: 'bootstrap-secrets (Job)',
  [Role.JOB]: 'Job',
};

/** Enlists pods that run Airflow: their role says whom they talk to. Of several sets the usual one has no name. */
export function enlist(airflow: IAirflow, scope: Construct, role: Role, name = scope.node.id === role ? '' : scope.node.id): void {
  airflow._network.add(scope, name === '' ? TITLES[role] : `${TITLES[role]}: ${name}`, () => peersOf(airflow, role), role);
}

function peersOf(airflow: IAirflow, role: Role): Peer[] {
  const { traits, endpoints, kubernetesCalls, parts } = airflow._instance;
  const needs = needsOf(role, traits);
  const when = (needed: boolean, peer: () => Peer) => (needed ? [peer()] : []);
  const { database, broker, results = database } = endpoints;
  return [
    ...when(needs.executionApi, () => executionApi(airflow)),
    ...when(needs.metadata, () => ({ ...database, purpose: 'metadata' })),
    ...when(needs.broker, () => ({ ...broker!, purpose: 'queues' })),
    ...when(needs.results, () => ({ ...results, purpose: 'results' })),
    ...isWeb(role) ? logServers(airflow) : [],
    ...kubernetesCalls(role).map(purpose => ({ ...KUBERNETES, purpose })),
    ...parts(role).flatMap(part => part.peers?.(role) ?? []),
  ];
}

function executionApi({ config, node, _network: network }: IAirflow): Peer {
  const label = TITLES[Role.API_SERVER];
  const endpoint = endpointAt('api-server', label, config.get('core', 'execution_api_server_url')!);
  const own = node.tryFindChild('api-server') as Construct | undefined;
  return { ...endpoint, ...own && { id: network.endpoint(own, label, 0).id }, purpose: 'execution API' };
}

/** Those that serve the logs that they write. */
function logServers({ _network: { members }, _instance: { traits } }: IAirflow): Peer[] {
  return members.flatMap(({ node, role }) => {
    const port = role && needsOf(role, traits).servesLogs;
    return port === undefined ? [] : [{ ...node, port: port.containerPort, purpose: port.name.replace('-', ' ') }];
  });
}
