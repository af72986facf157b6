/** One Airflow, and how users reach it. */
export interface Entered {
  readonly name: string;
  readonly url: string;
  readonly by: 'ingress' | 'httpRoute';
  /** It runs DAGs, in Celery, with Flower under the same host. Another has only its UI, so that a small node has room for it. */
  readonly runs: boolean;
}

const HOST = 'airflow.example.com';

const etl = (by: Entered['by'], url: string): Entered => ({ name: 'etl', url, by, runs: true });
const ml = (by: Entered['by'], url: string): Entered => ({ name: 'ml', url, by, runs: false });

/** What is applied one after the other in the same namespace: a new URL must reach everything that knows the old one. */
export const PHASES: { readonly [phase: string]: Entered[] } = {
  /** Two prefixes of one host, by Ingress with TLS. */
  'prefixes-ingress': [etl('ingress', `https://${HOST}/etl`), ml('ingress', `https://${HOST}/ml`)],
  /** Each its own host. */
  'hosts-route': [etl('httpRoute', 'http://etl.example.com'), ml('httpRoute', 'http://ml.example.com')],
  'hosts-ingress': [etl('ingress', 'https://etl.example.com'), ml('ingress', 'https://ml.example.com')],
  'prefixes-route': [etl('httpRoute', `http://${HOST}/teams/etl`), ml('httpRoute', `http://${HOST}/ml`)],
};

export const HOSTS = [...new Set(Object.values(PHASES).flat().map(({ url }) => new URL(url).hostname))];
