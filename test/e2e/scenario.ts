import { explainFailure } from './diagnostics';
import { createNamespace, deleteNamespaces, kubectl, refuseExisting } from './kubectl';
import { Manifest } from './manifest';
import { waitUntilReady } from './workloads';

/** A row of the table that a scenario prints. */
export type Row = { [column: string]: string };

/** Prints what a run does, with its title and the time since it began. */
export type Say = (text: string) => void;

// An image may have to be pulled first.
export const READY_SECONDS = 900;

/**
 * The items that names select: all of them without names.
 *
 * @param titlesOf the names that select an item; an error lists the last of them
 */
export function chosen<T>(what: string, all: readonly T[], names: string[], titlesOf: (item: T) => string[]): T[] {
  const unknown = names.find(name => !all.some(item => titlesOf(item).includes(name)));
  if (unknown !== undefined) { throw new Error(`no ${what} '${unknown}'; there are ${all.map(item => titlesOf(item).at(-1)).join(', ')}`); }
  return all.filter(item => names.length === 0 || titlesOf(item).some(title => names.includes(title)));
}

/** Runs one item after the other, since they share a cluster. */
export async function inOrder<T>(items: readonly T[], run: (item: T) => Promise<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const item of items) { rows.push(await run(item)); }
  return rows;
}

export function teller(title: string): Say {
  const start = Date.now();
  return text => console.log(`[${title} ${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s] ${text}`);
}

export interface Test {
  /** The cells that tell the rows of a scenario apart, and what else is known when the test fails. It may grow meanwhile. */
  readonly cells: Row;
  /** The namespaces that the test makes. */
  readonly namespaces: string[];
  readonly say: Say;
  /** Where the diagnostics of a failure go. */
  readonly folder: () => string;
}

/** Runs a test that owns its namespaces, and removes them. A failure is explained and leaves them. */
export async function owning({ cells, namespaces, say, folder }: Test, use: () => Promise<Row>): Promise<Row> {
  await refuseExisting(...namespaces);
  try {
    const judged = await use();
    const row = { ...cells, ...judged, result: judged.result ?? 'passed' };
    say(Object.values(row).join(', '));
    if (row.result === 'FAILED') {
      say(await explainFailure(row, namespaces[0], folder()));
    } else {
      await deleteNamespaces(namespaces);
    }
    return row;
  } catch (error) {
    say(await explainFailure(error, namespaces[0], folder()));
    return { ...cells, result: 'FAILED' };
  }
}

/** Deploys a program into a new namespace, and waits for its pods. */
export async function deploy(manifest: Manifest, namespace: string, say: Say): Promise<void> {
  await createNamespace(namespace);
  await update(manifest, namespace, say);
}

/** Applies a program, and waits for its pods. */
export async function update(manifest: Manifest, namespace: string, say: Say): Promise<void> {
  await kubectl(['apply', '--filename', manifest.file]);
  await waitUntilReady(namespace, READY_SECONDS);
  say('Ready');
}
