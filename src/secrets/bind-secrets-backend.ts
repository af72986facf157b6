import { SecretsBackend, SecretsBackendConfig } from './secrets-backend';
import { Answer, own, PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Needs } from '../core/needs';
import { Volume } from '../kubernetes/pod';
import { failure } from '../kubernetes/validate';

/** The backends of an instance. */
export interface SecretsBackends {
  /** What all pods ask. */
  readonly common?: SecretsBackend;
  /** What DAGs, tasks and triggers ask instead. */
  readonly ofTasks?: SecretsBackend;
  /** Whether the connection to the database comes from the backend, so that all pods with the database need it. */
  readonly hasDatabase: boolean;
}

/**
 * Binds the secrets backends. Only the pods that look something up know a backend, because each process that knows one logs in to it at
 * its start.
 */
export function bindSecretsBackend(context: BindContext, { common, ofTasks, hasDatabase }: SecretsBackends): Answer {
  const { version } = context;
  if (ofTasks !== undefined && !version.isAirflow3) {
    throw failure(context, `'secrets.taskBackend' exists from Airflow 3.0 on, but the version is ${version.release}; `
      + "use 'secrets.backend', which tasks ask, too");
  }
  const [general, tasks] = [common?._bind(), ofTasks?._bind()];
  checkFiles(context, general, tasks);
  const asks = (needs: Needs) => needs.airflow && (needs.connections || needs.runsTasks || (hasDatabase && needs.database));
  return {
    options: [
      ...general === undefined ? [] : ['backend', 'backend_kwargs'].map(option => own('secrets', option, undefined, "'secrets.backend'")),
      ...tasks === undefined ? [] : ['secrets_backend', 'secrets_backend_kwargs'].map(option =>
        own('workers', option, undefined, "'secrets.taskBackend'")),
    ],
    parts: (_role, needs) => {
      const runsDags = tasks !== undefined && needs.dags;
      // A pod that looks up connections for others needs the common backend as well.
      const asksCommon = general !== undefined && asks(needs) && (!runsDags || needs.connections);
      return merged([
        ...asksCommon ? [partsOf(general, 'AIRFLOW__SECRETS__BACKEND', 'SECRETS_BACKEND')] : [],
        ...runsDags ? [partsOf(tasks, 'AIRFLOW__WORKERS__SECRETS_BACKEND', 'TASK_SECRETS_BACKEND')] : [],
      ]);
    },
  };
}

/** Throws if both backends would have a file at one place. */
function checkFiles(context: BindContext, general?: SecretsBackendConfig, tasks?: SecretsBackendConfig): void {
  const volumes = general?.parts?.volumes ?? [];
  const differs = (one: Volume, two: Volume) => one.name === two.name && JSON.stringify(one) !== JSON.stringify(two);
  const other = tasks?.parts?.volumes?.find(one => volumes.some(two => differs(one, two)));
  if (other !== undefined) {
    throw failure(
      context,
      `'secrets.taskBackend' and 'secrets.backend' would have different files at /run/secrets/${other.name} in the same pods; `
        + 'give both the same',
    );
  }
}

function partsOf(backend: SecretsBackendConfig, variable: string, prefix: string): PodParts {
  const { className, kwargs, secretKwargs = {}, parts, endpoint } = backend;
  const nameOf = (argument: string) => `${prefix}_${argument.toUpperCase()}`;
  // Kubernetes fills in the secrets, so that no object has them.
  const references = Object.fromEntries(Object.keys(secretKwargs).map(argument => [argument, `$(${nameOf(argument)})`]));
  return {
    ...parts,
    env: [
      ...Object.entries(secretKwargs).map(([argument, key]) => key._variable(nameOf(argument))),
      { name: variable, value: className },
      { name: `${variable}_KWARGS`, value: JSON.stringify({ ...kwargs, ...references }) },
    ],
    peers: () => (endpoint === undefined ? [] : [{ ...endpoint, purpose: 'secrets backend' }]),
  };
}

/** The parts of both backends. A file that both read is there once. */
function merged(all: PodParts[]): PodParts {
  const once = <T extends { readonly name: string }>(list: T[]) => [...new Map(list.map(one => [one.name, one])).values()];
  return {
    env: all.flatMap(({ env = [] }) => env),
    volumes: once(all.flatMap(({ volumes = [] }) => volumes)),
    mounts: once(all.flatMap(({ mounts = [] }) => mounts)),
    peers: role => all.flatMap(({ peers }) => peers?.(role) ?? []),
  };
}
