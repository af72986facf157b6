import * as fs from 'fs';
import * as path from 'path';
import {
  LegendDisplayMode, LegendPlacement, ReduceDataOptionsBuilder, StackingConfigBuilder, StackingMode, VizLegendOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { Dashboard, DashboardBuilder, DatasourceVariableBuilder, QueryVariableBuilder, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { BOARDS, PanelTable } from './dashboard-panels';

/** What the library reads when it runs. */
export const DASHBOARDS_FILE = path.join(__dirname, '..', 'data', 'dashboards.json');

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

const LEGEND = new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);
const LAST = new ReduceDataOptionsBuilder().calcs(['lastNotNull']);

function viewOf({ kind, stacked }: PanelTable): StatBuilder | TimeSeriesBuilder {
  if (kind === 'stat') { return new StatBuilder().height(4).span(4).reduceOptions(LAST); }
  const builder = new TimeSeriesBuilder().height(8).span(12).min(0).legend(LEGEND);
  return stacked ? builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).fillOpacity(20) : builder;
}

function panel(table: PanelTable): StatBuilder | TimeSeriesBuilder {
  const { title, text, unit, queries } = table;
  const builder = viewOf(table).title(title).description(text).unit(unit).datasource(DATASOURCE);
  Object.entries(queries).forEach(([legend, expr], index) => {
    builder.withTarget(new DataqueryBuilder().refId(String.fromCharCode(65 + index)).expr(expr).legendFormat(legend));
  });
  return builder;
}

/** The dashboards with placeholders for the names of metrics, which the library fills in for a version and a choice of metrics. */
export function buildDashboards(): { [name: string]: Dashboard } {
  return Object.fromEntries(BOARDS.map(({ name, title, rows }) => {
    const builder = new DashboardBuilder(title).uid(name).tags(['airflow']).refresh('1m').time({ from: 'now-6h', to: 'now' }).editable()
      .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
      .withVariable(new QueryVariableBuilder('namespace').label('Namespace').datasource(DATASOURCE)
        .query('label_values(@name(scheduler_heartbeat), namespace)').refresh(2));
    for (const [row, panels] of Object.entries(rows)) {
      builder.withRow(new RowBuilder(row));
      for (const table of panels) { builder.withPanel(panel(table)); }
    }
    return [name, builder.build()];
  }));
}

/** One panel a line, so that a change shows where it is. */
export function dashboardsText(boards = buildDashboards()): string {
  const texts = Object.entries(boards).map(([name, { panels = [], ...rest }]) => {
    const lines = panels.map(each => `      ${JSON.stringify(each)}`).join(',\n');
    return `  ${JSON.stringify(name)}: {\n    "board": ${JSON.stringify(rest)},\n    "panels": [\n${lines}\n    ]\n  }`;
  });
  return `{\n${texts.join(',\n')}\n}\n`;
}

if (require.main === module) { fs.writeFileSync(DASHBOARDS_FILE, dashboardsText()); }
