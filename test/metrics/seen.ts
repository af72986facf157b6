/** Names of metrics, with their types and labels. */
export type Seen = { [name: string]: { readonly type: string; readonly labels: string[] } };

const SAMPLE = /^(airflow\w*)(?:\{(.*)\})? \S+$/;

/** The metrics of Airflow in what an exporter serves. */
export function seenIn(text: string): Seen {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const labels = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, name, list = ''] = SAMPLE.exec(line) ?? [];
    if (name === undefined) { continue; }
    const known = labels.get(name) ?? new Set<string>();
    for (const [, label] of list.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) { known.add(label); }
    labels.set(name, known);
  }
  const typeOf = (name: string) => types.get(name) ?? types.get(name.replace(/_(sum|count|bucket)$/, '')) ?? 'untyped';
  return Object.fromEntries([...labels].map(([name, known]) => [name, { type: typeOf(name), labels: [...known].sort() }]));
}
