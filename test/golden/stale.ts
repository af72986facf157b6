/** Throws unless a recorded section begins with what is rendered now: otherwise Airflow was given something else. */
export function sameInput(title: string, recorded: string | undefined, input: string): void {
  if (recorded !== undefined && (input === '' || `${recorded}\n`.startsWith(`${input}\n`))) { return; }
  const told = recorded?.split('\n') ?? [];
  const now = input.split('\n');
  const only = (lines: string[], others: string[], sign: string) => lines.filter(line => !others.includes(line)).map(line => `${sign} ${line}`);
  throw new Error([`'${title}' was recorded of something else; run 'npm run golden' and read its diff`,
    ...only(told.slice(0, now.length), now, 'recorded'), ...only(now, told, 'rendered')].join('\n'));
}

/** What a section tells beside its input. */
export function outputOf(recorded: string, input: string): string {
  return input === '' ? recorded : recorded.slice(input.length + 1);
}
