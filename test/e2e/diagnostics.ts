import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeObject, kubectl, list } from './kubectl';

/** Writes what there is to know about a namespace into a folder; what cannot be had is left out. */
export async function diagnose(namespace: string, folder: string): Promise<void> {
  const write = async (file: string, args: string[]) => {
    const text = await kubectl(['--namespace', namespace, ...args]).then(({ stdout }) => stdout, (error: Error) => error.message);
    writeFileSync(join(folder, `${namespace}-${file}`), text);
  };
  await write('objects.txt', ['get', 'all,configmaps,persistentvolumeclaims', '--output', 'wide']);
  await write('pods.yaml', ['get', 'pods', '--output', 'yaml']);
  await write('pods.txt', ['describe', 'pods']);
  await write('events.txt', ['get', 'events', '--sort-by', '.metadata.creationTimestamp', '--output', 'wide']);
  const pods = await list<KubeObject>(namespace, 'pods').catch(() => []);
  for (const { metadata: { name } } of pods) {
    await write(`${name}.log`, ['logs', name, '--all-containers', '--prefix', '--timestamps']);
  }
}

/** Prints an error, writes the diagnostics, and answers what to say about a namespace that a failure leaves. */
export async function explainFailure(error: unknown, namespace: string, folder: string): Promise<string> {
  console.error(error);
  await diagnose(namespace, folder);
  return `failed; diagnostics are in ${folder}, and this namespace is left: ${namespace}`;
}
