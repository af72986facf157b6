import { ask, Reply } from './ask';
import { Hosts } from './browser';
import { Pending, until } from './poll';
import { reach, Way } from './reach';

/** The proxy before the cluster: Envoy of Contour. */
export class Front {
  /** Waits until each URL leads to an Airflow. */
  public static async open(ca: string, urls: string[]): Promise<Front> {
    return until(`route to ${urls.join(' and ')}`, { seconds: 180 }, async () => {
      const front = new Front(await reach('projectcontour', 'envoy', ['http', 'https']), ca);
      try {
        for (const url of urls) { await front.checkRoute(url); }
        return front;
      } catch (error) {
        front.close();
        throw new Pending((error as Error).message);
      }
    });
  }

  private constructor(private readonly envoy: Way, private readonly ca: string) {}

  /** Where a browser finds the hosts of the URLs. */
  public hosts(urls: string[]): Hosts {
    const { http, https } = this.envoy.ports;
    return Object.fromEntries(urls.flatMap(url => {
      const { hostname } = new URL(url);
      return [[`${hostname}:80`, http], [`${hostname}:443`, https]];
    }));
  }

  /** Asks the host of the URL for a path, exactly as it is written. */
  public async ask(url: string, path: string, headers?: { readonly [name: string]: string }): Promise<Reply> {
    const address = this.envoy.ports[url.startsWith('https') ? 'https' : 'http'];
    return ask(url, { address, ca: this.ca, path, headers });
  }

  public close(): void {
    this.envoy.close();
  }

  private async checkRoute(url: string): Promise<void> {
    const { status } = await this.ask(url, new URL(`${url}/login/`).pathname);
    // The webserver answers there itself, and the API server with the UI or a redirect to its own login.
    if (![200, 302, 307].includes(status)) { throw new Error(`${url} answers ${status}`); }
  }
}
