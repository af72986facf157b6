import { Construct, IConstruct } from 'constructs';
import { failure } from '../kubernetes/validate';

/** A place that an exposure takes, in one controller or Gateway. */
export interface Entrance {
  readonly scope: Construct;
  readonly controller: string;
  readonly host: string;
  readonly path: string;
  /** The path for which browsers keep the log-in to Airflow 3; undefined for any other component. */
  readonly cookiePath?: string;
}

/** The entrances and node ports of each app. */
const entrances = new WeakMap<IConstruct, Entrance[]>();
const nodePorts = new WeakMap<IConstruct, Map<number, Construct>>();

/**
 * Takes a host and a path for a component.
 *
 * @throws when another component of the app has the place already, or when one UI would get the cookies of another
 */
export function takePlace(entrance: Entrance): void {
  const { scope, controller, host, path } = entrance;
  const taken = entrances.get(scope.node.root) ?? [];
  entrances.set(scope.node.root, [...taken, entrance]);
  const near = taken.filter(other => other.host === host);
  const same = near.find(other => other.path === path && other.controller === controller);
  if (same !== undefined) {
    throw failure(scope, `'exposure' would lead '${host}${path}' to two components, and '${same.scope.node.path}' has it already; `
      + "give one of them another 'url'");
  }
  const other = near.find(another => another.path !== path && (reads(another, entrance) || reads(entrance, another)));
  if (other !== undefined) {
    throw failure(scope, `'exposure' would put two Airflows at '${host}${path}' and '${host}${other.path}' ('${other.scope.node.path}'), `
      + 'and browsers would send the log-in of one to both, so that each log-in ends the other; '
      + 'give each a host of its own, or, from Airflow 3.1.8 on, prefixes of which none begins with the other');
  }
}

/** Whether browsers send the log-in of the second Airflow to the first, which would take it for its own. */
function reads({ path, cookiePath: own }: Entrance, { cookiePath }: Entrance): boolean {
  return own !== undefined && cookiePath !== undefined && (cookiePath === '/' || `${path}/`.startsWith(`${cookiePath}/`));
}

/**
 * Takes a port on every node for a Service.
 *
 * @throws when another component of the app has the port already
 */
export function takeNodePort(scope: Construct, port: number): void {
  const { root } = scope.node;
  const taken = nodePorts.get(root) ?? new Map<number, Construct>();
  nodePorts.set(root, taken);
  const other = taken.get(port);
  if (other !== undefined) {
    throw failure(
      scope,
      `'exposure' would give the node port ${port} to two Services, and '${other.node.path}' has it already; `
        + 'give one of them another port',
    );
  }
  taken.set(port, scope);
}
