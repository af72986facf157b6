import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apply, kubectl } from './kubectl';
import { Pending, until } from './poll';
import { Background } from './process';

const NAME = 'web-load';
const FOLDER = '/opt/load';
const STOP = '/tmp/stop';
const IMAGE = 'apache/airflow:3.3.2';

/** What became of the requests. */
export interface LoadReport {
  /** How many ended how: by status, or by the error of the client. */
  readonly outcomes: { readonly [outcome: string]: number };
  readonly seconds: number;
  readonly median: number;
  readonly p99: number;
  /** The first that was not answered with 200. */
  readonly first: string | null;
  /** How many were not, by the ten seconds (UTC) in which each failed and what it got. */
  readonly lost: { readonly [time: string]: number };
}

export interface LoadOptions {
  readonly namespace: string;
  /** The URL inside the cluster. */
  readonly url: string;
  readonly password: string;
  readonly airflow3: boolean;
  /** Requests a second, whatever becomes of the others. */
  readonly rate?: number;
  /** How many requests are under way at a time. */
  readonly concurrent?: number;
}

/** A pod that sends requests of a logged-in user, at the lowest priority of the processor. */
export class WebLoad {
  public static async start(options: LoadOptions): Promise<WebLoad> {
    const { namespace, url, password, airflow3, rate, concurrent } = options;
    await apply([configMap(namespace), pod(namespace)]);
    await kubectl(['--namespace', namespace, 'wait', '--for', 'condition=Ready', `pod/${NAME}`, '--timeout', '5m']);
    const env = {
      BASE: url,
      PASSWORD: password,
      STOP,
      AIRFLOW3: airflow3 ? 'True' : 'False',
      ...rate === undefined ? { CONCURRENT: `${concurrent}` } : { RATE: `${rate}` },
    };
    const load = new WebLoad(namespace, Object.entries(env).map(([name, value]) => `${name}=${value}`));
    await until('load', { seconds: 120, periodSeconds: 0.5 }, async () => {
      load.process.check();
      if (load.lines.length === 0) { throw new Pending('it logs in'); }
    });
    return load;
  }

  private readonly process: Background;
  private readonly lines: string[] = [];

  private constructor(private readonly namespace: string, env: string[]) {
    this.process = new Background('kubectl',
      ['--namespace', namespace, 'exec', NAME, '--', 'env', ...env, 'nice', '-n', '19', 'python', `${FOLDER}/web_load.py`], line => { this.lines.push(line); });
  }

  public async stop(): Promise<LoadReport> {
    await kubectl(['--namespace', this.namespace, 'exec', NAME, '--', 'touch', STOP]);
    return until('report of the load', { seconds: 180, periodSeconds: 1 }, async () => {
      if (this.lines.length < 2) { throw new Pending(this.lines.join(', ')); }
      return JSON.parse(this.lines[1]) as LoadReport;
    });
  }
}

function configMap(namespace: string): object {
  const text = readFileSync(join(__dirname, 'servers', 'web_load.py'), 'utf8');
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace }, data: { 'web_load.py': text } };
}

function pod(namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 50000, seccompProfile: { type: 'RuntimeDefault' } },
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{
        name: NAME,
        image: IMAGE,
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', '7200'],
        resources: { requests: { cpu: '10m' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'files', mountPath: FOLDER }],
      }],
      volumes: [{ name: 'files', configMap: { name: NAME } }],
    },
  };
}

/** The requests that were not answered with 200. */
export function lostOf({ outcomes }: LoadReport): number {
  return Object.entries(outcomes).reduce((sum, [outcome, count]) => sum + (outcome === '200' ? 0 : count), 0);
}

/** The outcomes and how often each came. */
export function outcomesOf({ outcomes }: LoadReport): string {
  return Object.entries(outcomes).map(([outcome, count]) => `${count} x ${outcome}`).join(', ');
}
