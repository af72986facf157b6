import { isIP } from 'net';
import { Construct } from 'constructs';
import { ExtraPathOptions, HostsOptions } from './exposure-config';
import { BaseUrl } from '../core/base-url';
import { gather } from '../kubernetes/problems';
import { failure, isSubdomain } from '../kubernetes/validate';

/** A path that an exposure matches, with the Service to which it leads. */
export interface PathOf {
  readonly path: string;
  /** Undefined for the component itself. */
  readonly extra?: ExtraPathOptions;
}

/** The hosts and paths of an exposure. */
export interface Place {
  readonly url: BaseUrl;
  readonly hosts: string[];
  /** The path of the component comes last. */
  readonly paths: PathOf[];
}

/**
 * The hosts and paths that lead to a component.
 *
 * @param choice the factory, for errors
 */
export function placeOf(scope: Construct, choice: string, url: BaseUrl | undefined, options: HostsOptions): Place {
  if (url === undefined) {
    throw failure(scope, `'exposure' ${choice} needs the public URL, of which it takes the host and the path; set 'url'`);
  }
  const { additionalHosts = [], extraPaths = [] } = options;
  const path = url.path === '' ? '/' : url.path;
  gather(scope, problems => {
    if (!isHost(url.hostname)) {
      problems.add(`'exposure' ${choice} needs a DNS name of lowercase letters, digits, '-' and '.' in 'url', got '${url.hostname}'; `
        + 'use Exposure.loadBalancer() for an address');
    }
    for (const host of additionalHosts.filter(other => !isHost(other.replace(/^\*\./, '')))) {
      problems.add(`'exposure.additionalHosts' must be DNS names like airflow.example.com or *.example.com, got '${host}'`);
    }
    const again = [url.hostname, ...additionalHosts].find((host, index, hosts) => hosts.indexOf(host) !== index);
    if (again !== undefined) {
      problems.add(`'exposure.additionalHosts' must be hosts other than that of 'url', each once, got '${again}' again`);
    }
    const seen = new Set([path]);
    for (const { path: extra } of extraPaths) {
      if (!/^(\/[\w~-][\w.~-]*)+$/.test(extra)) {
        problems.add(`'exposure.extraPaths' must be paths like /docs of letters, digits, '.', '_', '~' and '-', got '${extra}'`);
      } else if (seen.has(extra)) {
        problems.add(`'exposure.extraPaths' must be other paths than that of 'url', each once, got '${extra}' again`);
      }
      seen.add(extra);
    }
  });
  return { url, hosts: [url.hostname, ...additionalHosts], paths: [...extraPaths.map(extra => ({ path: extra.path, extra })), { path }] };
}

function isHost(host: string): boolean {
  return isSubdomain(host) && isIP(host) === 0;
}
