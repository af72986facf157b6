import * as fs from 'fs';
import * as path from 'path';
import { chartVersions } from '../../../src/cli/import/chart-keys';
import { groups, Row, rows } from '../../../src/cli/import/rows';
import { ROOT } from '../../markdown';

const PAGE = path.join(ROOT, 'docs', 'from-the-chart.md');
const [START, END] = ['<!-- table -->', '<!-- end of the table -->'];

function code(names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ');
}

function cell({ prop, reason }: Row): string {
  return [prop === undefined ? undefined : code([prop]), reason].filter(part => part !== undefined).join(': ').replace(/\|/g, '\\|');
}

function tableOf(title: string, intro: string, state: Row['state']): string {
  const found = rows().filter(row => row.state === state);
  if (found.length === 0) { return ''; }
  return `## ${title}\n\n${intro}\n\n| capability | keys of the chart | here |\n|---|---|---|\n${
    found.map(row => `| ${row.capability} | ${code(row.keys)} | ${cell(row)} |\n`).join('')}\n`;
}

function generated(): string {
  const [oldest, newest] = [chartVersions()[0], chartVersions()[chartVersions().length - 1]];
  return `${START}\n\nThe table has every key of every version of the chart from ${oldest} to ${newest}. A name in braces stands for several sections:\n\n`
    + `| name | sections |\n|---|---|\n${Object.entries(groups()).map(([name, sections]) => `| \`{${name}}\` | ${code(sections)} |\n`).join('')}\n`
    + tableOf('Props', 'A prop has what the key says.', 'mapped')
    + tableOf('Better here', 'The library does this by itself, or does more than the key.', 'better')
    + tableOf('Not taken over', 'The library refuses these keys, each for its reason.', 'refused')
    + END;
}

test('the page has the table; npm run diagrams writes it', () => {
  const text = fs.readFileSync(PAGE, 'utf8');
  const now = text.slice(text.indexOf(START), text.indexOf(END) + END.length);
  if (process.env.WRITE_DIAGRAMS !== undefined) {
    fs.writeFileSync(PAGE, text.replace(now, () => generated()));
  } else {
    expect(now).toBe(generated());
  }
});
