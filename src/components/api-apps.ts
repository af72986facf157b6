import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { argumentOf } from './arguments';
import { componentTls, serverProbes } from './server-tls';
import { WebComponentOptions, WebRequest } from './web-component';
import { WEB_PORT, webAddress } from './web-service';
import { Role } from '../core/needs';
import { ServerTls } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';
import { answersIpv6 } from '../kubernetes/ip-family';
import { Probes } from '../kubernetes/probe';

/** With this variable, the local settings watch for a file, the mark of a server that will end. */
const DRAIN = { name: 'CDK8S_AIRFLOW_DRAIN', value: '/tmp/draining' };

/** The apps that the command `airflow api-server` can serve. Without `--apps` it serves all of them. */
type App = 'core' | 'execution';

/**
 * The pod that runs `airflow api-server`.
 *
 * @param id the id of the component
 * @param app the only app that it serves; undefined for all
 * @param options the user's arguments replace those of the library
 */
export function apiServerRequest(
  airflow: IAirflow, id: string, role: Role, app: App | undefined, options: WebComponentOptions & { readonly tls?: ServerTls },
): WebRequest & Required<Pick<WebRequest, 'args' | 'env'>> {
  const tls = componentTls(airflow, id, role, options.tls);
  const args = options.container?.args;
  const { scheme, path } = webAddress(airflow, 'api', tls);
  const own = ['airflow', 'api-server', ...app === undefined ? [] : ['--apps', app]];
  return {
    role,
    args: own,
    scheme,
    path,
    port: WEB_PORT,
    tls,
    env: [DRAIN, ...answersIpv6(airflow._ipFamily) ? [{ name: 'AIRFLOW__API__HOST', value: hostOfBothFamilies(airflow, args) }] : []],
    drainMark: DRAIN.value,
    elsewhere: {
      '--ssl-cert': 'tls',
      '--ssl-key': 'tls',
      '--ssl-ca-file': 'tls',
      '--ssl-cert-reqs': 'tls',
      ...airflow._ipFamily && { '--host': 'pods.ipFamily', '-H': 'pods.ipFamily' },
    },
    probes: probesOf(servedApps(args ?? own), of => serverProbes(`${path}${of}`, scheme, WEB_PORT, tls)),
    resources: { cpu: { request: kplus.Cpu.millis(100) }, memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) } },
  };
}

/** The apps that these arguments select. What a variable selects is not known, so all of them count. */
export function servedApps(args: string[] | undefined): App[] {
  const value = argumentOf(args, '--apps') ?? 'all';
  const apps = value.includes('$') ? ['all'] : value.split(',');
  return (['core', 'execution'] as const).filter(app => apps.includes('all') || apps.includes(app));
}

/**
 * The host by which a server answers both families. With IPv6 alone, `kubectl port-forward` may still use IPv4 inside the pod.
 */
function hostOfBothFamilies({ version, config }: IAirflow, args: string[] | undefined): string {
  // Gunicorn wants brackets.
  if (config._pin('api', 'server_type') === 'gunicorn') { return '[::]'; }
  // One process of Uvicorn opens a socket for each family if the host is empty, and one for IPv6 alone if the host is `::`. Several
  // processes share one socket, which is for IPv4 alone and for both families.
  const workers = argumentOf(args, '--workers', '-w') ?? config._pin('api', 'workers') ?? (version.minor === 0 ? '4' : '1');
  return Number(workers) === 1 ? '' : '::';
}

/** Checks the apps that are served. Both checks answer without the database, so that its absence restarts nothing. */
function probesOf(apps: App[], at: (path: string) => Probes): Probes {
  const execution = at('/execution/health');
  const core = at('/api/v2/version');
  if (!apps.includes('core')) { return execution; }
  // The first request builds the execution API, and the server answers nothing else meanwhile. Tasks would give up in that time, so the
  // startup probe makes this first request. Without the execution API the probe asks the UI.
  return apps.includes('execution') ? { ...core, startup: execution.startup } : core;
}
