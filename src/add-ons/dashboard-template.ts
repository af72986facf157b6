import * as fs from 'fs';
import * as path from 'path';
import { grown, MetricNames } from './metric-names';

/** A target of a panel, as Grafana has it. */
export interface Target {
  readonly expr: string;
  readonly [field: string]: unknown;
}

/** The place of a panel: 24 columns wide. */
interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A panel, as Grafana has it. */
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPosition;
  readonly targets?: Target[];
  readonly [field: string]: unknown;
}

/** A dashboard with placeholders, and its panels. */
interface Template {
  readonly board: { readonly title: string; readonly [field: string]: unknown };
  readonly panels: Panel[];
}

/** The facts that fill in a template. */
export interface DashboardFacts {
  readonly uid: string;
  readonly title: (title: string) => string;
  readonly names: MetricNames;
  /** The namespace that is shown first. */
  readonly namespace: string;
  /** Whether there are such metrics or pods: the word of `@needs`. */
  readonly has: (word: string) => boolean;
}

const WIDTH = 24;
const GROWTH = '5m';
const AVERAGE = '30m';
/** The matcher of the namespace that the reader chooses. */
export const CHOSEN = 'namespace="$namespace"';

let templates: { readonly [name: string]: Template } | undefined;

function readTemplates(): { readonly [name: string]: Template } {
  templates ??= JSON.parse(fs.readFileSync(path.join(__dirname, '..', '..', 'data', 'dashboards.json'), 'utf8')) as {
    [name: string]: Template;
  };
  return templates;
}

/** The names of all dashboards. */
export function dashboardNames(): string[] {
  return Object.keys(readTemplates());
}

/** The dashboard as Grafana reads it. Panels whose metrics do not exist are left out, and the others move up. */
export function fillIn(name: string, facts: DashboardFacts): { readonly panels: Panel[]; readonly [field: string]: unknown } {
  const { board, panels } = readTemplates()[name];
  const filled = panels.map(panel => ({
    ...panel,
    ...(panel.targets && { targets: panel.targets.flatMap(target => targetOf(target, facts)) }),
  }));
  const shown = filled.filter(({ targets }) => targets === undefined || targets.length > 0);
  const visible = shown.filter((panel, at) => !isEmptyRow(panel, shown[at + 1]));
  const withNames = (_key: string, value: unknown) => (typeof value === 'string' ? variable(value, facts) : value);
  const filledBoard = JSON.parse(JSON.stringify(board), withNames) as Template['board'];
  return { ...withNamespace(filledBoard, facts), title: facts.title(board.title), uid: facts.uid, panels: placed(visible) };
}

function isEmptyRow({ type }: Panel, next: Panel | undefined): boolean {
  return type === 'row' && (next === undefined || next.type === 'row');
}

/** Places the panels from left to right, and numbers them. */
function placed(panels: Panel[]): Panel[] {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { w, h } = panel.gridPos;
    if (x + w > WIDTH || panel.type === 'row') { [x, y, height] = [0, y + height, 0]; }
    const gridPos = { x, y, w, h };
    [x, height] = [x + w, Math.max(height, h)];
    return { ...panel, id: index + 1, gridPos };
  });
}

/** The variable begins with the namespace of the Airflow, so that the dashboard is not empty before the reader chooses. */
function withNamespace(board: Template['board'], { namespace }: DashboardFacts): object {
  const { templating, ...rest } = board as unknown as { readonly templating: { readonly list: { readonly name: string }[] } };
  const current = { selected: true, text: namespace, value: namespace };
  return { ...rest, templating: { list: templating.list.map(each => (each.name === 'namespace' ? { ...each, current } : each)) } };
}

function variable(text: string, { names }: DashboardFacts): string {
  return text.replace(/@name\(([^)]*)\)/g, (_all, metric: string) => names.series(metric).replace(/\{.*/, ''));
}

/** The target with its query, or none if something is missing that the query needs. */
function targetOf(target: Target, { names, has }: DashboardFacts): Target[] {
  const needs = [...target.expr.matchAll(/@needs\(([^)]*)\)/g)].map(([, word]) => word);
  const metrics = [...target.expr.matchAll(/@(?:series|average|grown)\(([^),]*)/g)].map(([, metric]) => metric);
  if (!needs.every(has) || !names.has(...metrics)) { return []; }
  const expr = target.expr
    .replace(/@needs\([^)]*\)/g, '')
    .replace(/@here/g, CHOSEN)
    .replace(/@(series|average|grown)\(([^),]*)(?:, ([^)]*))?\)/g, (_all, kind: string, metric: string, more = '') => {
      if (kind === 'average') { return names.average(metric, AVERAGE, more as string); }
      return kind === 'grown' ? grown(names.series(metric), GROWTH, more as string) : names.series(metric, more as string);
    });
  return [{ ...target, expr }];
}
