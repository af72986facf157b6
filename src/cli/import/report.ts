import { Line, NeededSecret, Outcome } from './conversion';

/** What an import has found out. */
export interface Findings {
  readonly lines: readonly Line[];
  readonly secrets: readonly NeededSecret[];
  readonly namespace: string;
  readonly source: string;
}

const TITLES: readonly (readonly [outcome: Outcome, title: string, text: string])[] = [
  ['decision', 'Decide', 'The program has a comment for each of these keys.'],
  ['secret', 'Secrets to make', 'The values have these passwords. They stand neither in the program nor here.'],
  ['prop', 'Props', 'These keys are props of the program.'],
  ['better', 'Better here', 'The library does this by itself, or does more.'],
  ['left out', 'Not taken over', 'These keys are not in the program, for this reason.'],
  ['unknown', 'Unknown to the chart', 'Helm ignores these keys without a word.'],
  ['default', 'Defaults', "These keys have the chart's default, so that the program need not say them."],
];

/** How many keys became what, in the order of the report. */
export function summary({ lines }: Findings): string {
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const words: { readonly [outcome in Outcome]: (number: number) => string } = {
    'decision': number => `${number} to decide`,
    'secret': number => `${number} to make as Secrets`,
    'prop': number => count(number, 'prop'),
    'better': number => `${number} better here`,
    'left out': number => `${number} not taken over`,
    'unknown': number => `${number} unknown to the chart`,
    'default': number => count(number, 'default'),
  };
  const parts = TITLES.map(([outcome]) => [outcome, lines.filter(line => line.outcome === outcome).length] as const)
    .filter(([, number]) => number > 0).map(([outcome, number]) => words[outcome](number));
  return [count(new Set(lines.map(({ key }) => key)).size, 'key'), ...parts.length === 0 ? [] : [parts.join(', ')]].join(': ');
}

/** The report as Markdown. */
export function reportOf(findings: Findings, plan = ''): string {
  const { lines, secrets, namespace, source } = findings;
  const parts = TITLES.flatMap(([outcome, title, intro]) => {
    const found = lines.filter(line => line.outcome === outcome);
    if (found.length === 0) { return []; }
    const commands = outcome === 'secret' ? ['', '```sh', ...secrets.flatMap(secret => commandOf(secret, namespace)), '```'] : [];
    const table = ['| key | what became of it |', '|---|---|', ...found.map(({ key, text }) => `| \`${key}\` | ${cell(text)} |`)];
    return [`## ${title}`, '', intro, '', ...table, ...commands, ''];
  });
  return [`# Import of ${source}`, '', `${summary(findings)}.`, '', ...parts, ...plan === '' ? [] : [plan]].join('\n');
}

function cell(text: string): string {
  return text
    .replace(/\|/g, '\\|')
    .replace(/\n/g, '<br>')
    .replace(/</g, '&lt;')
    .replace(/&lt;br>/g, '<br>');
}

/** Files keep passwords out of the history of the shell. */
function commandOf({ secret, keys }: NeededSecret, namespace: string): string[] {
  return [`kubectl --namespace ${namespace} create secret generic ${secret} \\`, ...[...keys].map(([key, what], index) => (
    `  --from-file=${key}=<file> ${index === keys.size - 1 ? '' : '\\'}  # ${what}`.replace(/\\ {2}#.*$/, '\\')))];
}
