import { AirflowApi } from './airflow-api';
import { Pair } from './authority';
import { PortForward } from './kubectl';
import { run } from './process';

/** The API of a deployed Airflow, by the commands that its notes give the user; `close` ends the way to it. */
export async function logIn(notes: string, version: string, client?: Pair): Promise<{ readonly api: AirflowApi; readonly close: () => void }> {
  const forward = await forwardTo(notes);
  const close = () => forward.close();
  try {
    return { api: await AirflowApi.logIn(forward, !version.startsWith('2.'), await password(notes), { client }), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Uses the API of a deployed Airflow, each time by a way of its own, since a way goes away with the pod to which it leads. */
export async function withApi<T>(notes: string, version: string, use: (api: AirflowApi) => Promise<T>, client?: Pair): Promise<T> {
  const { api, close } = await logIn(notes, version, client);
  try {
    return await use(api);
  } finally {
    close();
  }
}

/** The password of the first user, or of the user of Flower. */
export async function password(notes: string, of = 'user'): Promise<string> {
  const command = [...notes.matchAll(/^The password of the user '\S+'( of Flower)?:\n\s*(kubectl .*get secret .*)$/mg)]
    .find(([, flower]) => (flower !== undefined) === (of === 'Flower'))?.[2];
  if (command === undefined) { throw new Error(`no password in the notes: ${notes}`); }
  return (await run('sh', ['-c', command])).stdout;
}

export async function forwardTo(notes: string): Promise<PortForward> {
  const [, namespace, service, port] = /kubectl --namespace (\S+) port-forward (\S+) \d+:(\d+)/.exec(notes) ?? [];
  if (service === undefined) { throw new Error(`no Service in the notes: ${notes}`); }
  const [, scheme, path] = /at (https?):\/\/localhost:\d+(\/\S*)?:$/m.exec(notes) ?? [];
  return PortForward.open(namespace, service, port, path, scheme);
}
