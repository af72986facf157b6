import { SecretsBackend, SecretsBackendConfig } from './secrets-backend';
import { Answer, own, PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { Needs } from '../core/needs';
import { EnvVar } from '../kubernetes/pod';
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
    throw failure(context, `'secrets.taskBackend' exists from Airflow 3.0 on, but the version is ${version.release}; use 'secrets.backend', which tasks ask, too`);
  }
  const [general, tasks] = [common?._bind(), ofTasks?._bind()];
  checkFiles(context, general, tasks);
  const asks = (needs: Needs) => needs.airflow && (needs.connections || needs.runsTasks || (hasDatabase && needs.database));
  return {
    options: [
      ...general === undefined ? [] : [own('secrets', 'backend', undefined, "'secrets.backend'"), own('secrets', 'backend_kwargs', undefined, "'secrets.backend'")],
      ...tasks === undefined ? [] : [
        own('workers', 'secrets_backend', undefined, "'secrets.taskBackend'"), own('workers', 'secrets_backend_kwargs', undefined, "'secrets.taskBackend'"),
      ],
    ],
    parts: (_role, needs) => {
      const runsDags = tasks !== undefined && needs.dags;
      return merged([
        ...general !== undefined && asks(needs) && !(runsDags && !needs.connections) ? [partsOf(general, 'AIRFLOW__SECRETS__BACKEND', 'SECRETS_BACKEND')] : [],
        ...runsDags ? [partsOf(tasks, 'AIRFLOW__WORKERS__SECRETS_BACKEND', 'TASK_SECRETS_BACKEND')] : [],
      ]);
    },
  };
}

/** Throws if both backends would have a file at one place. */
function checkFiles(context: BindContext, general?: SecretsBackendConfig, tasks?: SecretsBackendConfig): void {
  const volumes = general?.parts?.volumes ?? [];
  const other = tasks?.parts?.volumes?.find(one => volumes.some(two => two.name === one.name && JSON.stringify(two) !== JSON.stringify(one)));
  if (other !== undefined) {
    throw failure(context, `'secrets.taskBackend' and 'secrets.backend' would have different files at /run/secrets/${other.name} in the same pods; give both the same`);
  }
}

function partsOf({ className, kwargs, secretKwargs = {}, parts, endpoint }: SecretsBackendConfig, variable: string, name: string): PodParts {
  const secrets = Object.entries(secretKwargs).map(([argument, key]): [string, EnvVar] => [argument, key._variable(`${name}_${argument.toUpperCase()}`)]);
  // Kubernetes fills in the secrets, so that no object has them.
  const json = JSON.stringify({ ...kwargs, ...Object.fromEntries(secrets.map(([argument, env]) => [argument, `$(${env.name})`])) });
  return {
    ...parts,
    env: [...secrets.map(([, env]) => env), { name: variable, value: className }, { name: `${variable}_KWARGS`, value: json }],
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
