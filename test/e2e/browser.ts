// What runs in the page.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { Browser, Cookie, ElementHandle, Page } from 'puppeteer-core';
import { run } from './process';

/** How long a page may take, in milliseconds. */
const TIMEOUT = 150_000;

/** Where a host of a URL really is, as `address:port`. */
export interface Hosts {
  readonly [host: string]: string;
}

export interface ChromiumOptions {
  readonly hosts?: Hosts;
  /** The SHA-256 hashes, in base64, of the public keys of the authorities whose certificates are right. */
  readonly authorities?: string[];
}

/**
 * A Chromium without a window: that of `E2E_CHROMIUM`, or `chromium` on the PATH. Nothing is downloaded.
 */
export class Chromium {
  public static async start({ hosts = {}, authorities = [] }: ChromiumOptions = {}): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-chromium-'));
    const rules = Object.entries(hosts).map(([host, address]) => `MAP ${host} ${address}`);
    const browser = await puppeteer.launch({
      executablePath: process.env.E2E_CHROMIUM ?? await chromiumOnPath(),
      userDataDir: profile,
      pipe: true,
      protocolTimeout: 2 * TIMEOUT,
      defaultViewport: { width: 1280, height: 800 },
      args: [
        '--no-proxy-server', '--disable-dev-shm-usage', '--disable-gpu', '--lang=en-US',
        ...rules.length > 0 ? [`--host-resolver-rules=${rules.join(', ')}`] : [],
        ...authorities.length > 0 ? [`--ignore-certificate-errors-spki-list=${authorities.join(',')}`] : [],
        // Chromium refuses its sandbox to root.
        ...process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      ],
    });
    return new Chromium(browser, profile);
  }

  private readonly visitors: Visitor[] = [];

  private constructor(
    private readonly browser: Browser,
    /** A folder for this browser alone; screenshots go there. */
    public readonly folder: string,
  ) {}

  /** A user with cookies of their own. */
  public async visitor(): Promise<Visitor> {
    const context = await this.browser.createBrowserContext();
    const visitor = new Visitor(await context.newPage(), this.folder);
    this.visitors.push(visitor);
    return visitor;
  }

  /** What all pages show, and what went wrong on them, for a failure. */
  public async explain(): Promise<string> {
    const shown = await Promise.all((await this.browser.pages()).map(async (page, index) => {
      const visitor = new Visitor(page, this.folder);
      const picture = await visitor.screenshot(`failed-${index}`).catch(() => 'no picture');
      const text = await visitor.text().catch((error: Error) => error.message);
      return `${page.url()}: ${picture}\n${text.slice(0, 1000)}`;
    }));
    return [...shown, ...this.visitors.flatMap(({ failures }) => failures)].join('\n');
  }

  public async close(): Promise<void> {
    await this.browser.close();
  }
}

/** One user in front of one page; what went wrong on it is kept. */
export class Visitor {
  /** Whatever the pages have asked for, with the page that asked. */
  public readonly asked: { readonly url: string; readonly by?: string }[] = [];
  /** What the servers had errors for. */
  public readonly failures: string[] = [];

  constructor(public readonly page: Page, private readonly folder: string) {
    page.setDefaultTimeout(TIMEOUT);
    page.on('request', request => { this.asked.push({ url: request.url(), by: request.headers().referer }); });
    page.on('response', response => {
      // A proxy answers with another one while a small machine is busy.
      if (response.status() === 500) { this.failures.push(`${response.status()} ${response.url()}`); }
    });
  }

  /** Another window of the same user, with the same cookies. */
  public async window(): Promise<Visitor> {
    // Chromium draws nothing in a tab behind another one, and what waits for a drawn element would wait for ever.
    const page = await this.page.browserContext().newPage({ type: 'window' });
    await (await page.createCDPSession()).send('Emulation.setFocusEmulationEnabled', { enabled: true });
    return new Visitor(page, this.folder);
  }

  /** Opens a URL and answers the status of the page that it leads to. */
  public async open(url: string): Promise<number> {
    const response = await this.page.goto(url, { waitUntil: 'domcontentloaded' });
    if (response === null) { throw new Error(`${url} answered nothing`); }
    return response.status();
  }

  /** Asks for a URL of the same site as scripts of the page do, with its cookies. */
  public async ask(url: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.page.evaluate(async asked => {
      const response = await fetch(asked);
      return { status: response.status, text: await response.text() };
    }, url);
  }

  public async fill(selector: string, text: string): Promise<void> {
    await this.page.locator(selector).fill(text);
  }

  public async click(selector: string): Promise<void> {
    await this.page.locator(selector).click();
  }

  /**
   * Follows what leads to another document; without the mouse, which misses what moves while the page fills and does not reach the items of
   * a closed menu.
   */
  public async follow(selector: string): Promise<void> {
    const element = (await this.page.waitForSelector(selector))!;
    await Promise.all([
      this.page.waitForNavigation({ waitUntil: 'domcontentloaded' }),
      element.evaluate(link => (link as HTMLElement).click()),
    ]);
  }

  public async waitFor(selector: string): Promise<ElementHandle> {
    const element = await this.page.waitForSelector(selector, { visible: true });
    if (element === null) { throw new Error(`no ${selector} on ${this.page.url()}`); }
    return element;
  }

  /** Waits until the page, its shadow trees included, shows the text. */
  public async waitForText(text: string): Promise<void> {
    await this.page.waitForFunction(wanted => {
      const trees: ParentNode[] = [document];
      for (const tree of trees) {
        if ([...tree.children].some(element => (element as HTMLElement).innerText?.includes(wanted))) { return true; }
        for (const element of tree.querySelectorAll('*')) { if (element.shadowRoot !== null) { trees.push(element.shadowRoot); } }
      }
      return false;
    }, { polling: 200 }, text);
  }

  public async waitForPath(pattern: RegExp): Promise<void> {
    await this.page.waitForFunction(source => new RegExp(source).test(location.pathname), {}, pattern.source);
  }

  public get path(): string {
    return new URL(this.page.url()).pathname;
  }

  public async text(): Promise<string> {
    return this.page.evaluate(() => document.body.innerText);
  }

  public async cookies(): Promise<Cookie[]> {
    return this.page.browserContext().cookies();
  }

  public async screenshot(name: string): Promise<string> {
    const path = join(this.folder, `${name}.png`) as `${string}.png`;
    await this.page.screenshot({ path });
    return path;
  }

  /** What pages below the URL have asked for that is not below it. The icon at the root is the browser's own idea. */
  public strays(url: string): string[] {
    const isBelow = (each: string) => each === url || each.startsWith(`${url}/`) || !each.startsWith('http');
    const strays = this.asked.filter(({ url: asked, by }) => by !== undefined && isBelow(by) && !isBelow(asked));
    return strays.map(({ url: asked }) => asked).filter(asked => new URL(asked).pathname !== '/favicon.ico');
  }

  /** Fails where a request was answered with an error of the server. */
  public check(): void {
    if (this.failures.length > 0) { throw new Error(`the browser saw ${this.failures.join('; ')}`); }
  }

  public async leave(): Promise<void> {
    await this.page.browserContext().close();
  }
}

async function chromiumOnPath(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'command -v chromium']).catch(() => {
    throw new Error("no 'chromium' on the PATH; install Chromium, or set E2E_CHROMIUM to the path of a Chromium or Chrome");
  });
  return stdout.trim();
}
