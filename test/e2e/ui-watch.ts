import { Pending, until } from './poll';
import { Background } from './process';

/** Asks a server again and again, by several Services of a namespace, and knows how long none of them answered. */
export class UiWatch {
  public static async start(namespace: string, services: readonly string[], path: string): Promise<UiWatch> {
    let port: string | undefined;
    const proxy = new Background('kubectl', ['proxy', '--port=0'], line => { port ??= /:(\d+)$/.exec(line)?.[1]; });
    await until('kubectl proxy', { seconds: 30, periodSeconds: 0.2 }, async () => {
      proxy.check();
      if (port === undefined) { throw new Pending('no port'); }
    });
    const root = `http://127.0.0.1:${port}/api/v1/namespaces/${namespace}/services`;
    return new UiWatch(proxy, services.map(service => `${root}/${service}:8080/proxy/${path}`));
  }

  private longest = 0;
  private last = Date.now();
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly proxy: Background, private readonly urls: readonly string[]) {
    this.timer = setInterval(() => void this.ask(), 1000);
  }

  /** The longest time without an answer, in seconds. */
  public get longestGap(): number { return this.longest / 1000; }

  public stop(): void {
    clearInterval(this.timer);
    this.proxy.stop();
    this.longest = Math.max(this.longest, Date.now() - this.last);
  }

  private async ask(): Promise<void> {
    const answers = await Promise.all(this.urls.map(async url =>
      fetch(url, { signal: AbortSignal.timeout(10_000) }).then(({ ok }) => ok, () => false)));
    if (!answers.includes(true)) { return; }
    this.longest = Math.max(this.longest, Date.now() - this.last);
    this.last = Date.now();
  }
}
