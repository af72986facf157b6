import { Manifest } from './manifest';
import { Prometheus } from './prometheus';

interface Board {
  readonly title: string;
  readonly panels: { readonly title: string; readonly targets?: { readonly expr: string; readonly legendFormat?: string }[] }[];
}

/** A query of a panel, with the names of dashboard, panel and line. */
export interface PanelQuery {
  readonly title: string;
  readonly query: string;
}

/** Every query of every panel of the dashboards, as Grafana asks it for the namespace. */
export function panelQueries(manifest: Manifest, namespace: string): PanelQuery[] {
  const objects = manifest.objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.grafana_dashboard === '1');
  const boards = objects.flatMap(object => Object.values((object as unknown as { data: { [file: string]: string } }).data));
  return boards.map(text => JSON.parse(text) as Board).flatMap(({ title: board, panels }) => panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat = '' }) => ({
      title: `${board}/${title}/${legendFormat}`, query: expr.replaceAll('$namespace', namespace).replaceAll('${namespace}', namespace),
    }))));
}

/** The queries that had no data since `start`. */
export async function withoutData(prometheus: Prometheus, queries: PanelQuery[], start: number): Promise<string[]> {
  const missing: string[] = [];
  for (const { title, query } of queries) {
    if (/\$[a-z_{]/.test(query)) { throw new Error(`${title} has a variable: ${query}`); }
    const series = await prometheus.range(query, start);
    if (!series.some(({ values }) => values.some(([, value]) => value !== 'NaN'))) { missing.push(`${title}: ${query}`); }
  }
  return missing;
}
