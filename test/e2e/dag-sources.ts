import { AirflowApi } from './airflow-api';
import type { Example } from './examples';
import { GitDags } from './git-dags';
import { Manifest } from './manifest';

type More = (dags: GitDags, api: AirflowApi, manifest: Manifest) => Promise<void>;

/** The ways from a git repository, each with what only it shows. */
const WAYS: { readonly [way: string]: More } = {
  'ssh': async (dags, api, manifest) => {
    await dags.losesBranch(api, manifest);
    await dags.refuses(api, manifest, [
      { env: { SSH_SECRET: 'ssh-wrong-host' }, says: /Host key verification failed/ },
      { env: { SSH_SECRET: 'ssh-wrong-key' }, says: /Permission denied/ },
      { env: { DAGS_REF: 'unknown' }, says: /couldn't find remote ref unknown/i },
    ]);
    await dags.renew(manifest);
  },
  'https': async (dags, api, manifest) => {
    await dags.movesOn(api, { after: '2' });
    await dags.refuses(api, manifest, [{ env: { TOKEN_SECRET: 'wrong-token' }, says: /Authentication failed/ }]);
    await dags.renew(manifest);
  },
  'shared': (dags, api) => dags.movesOn(api, { after: '2' }),
  'two-repositories': (dags, api) => dags.second(api),
  'two-bundles': async (dags, api) => {
    await dags.second(api);
    await dags.movesOn(api, { after: '1' });
  },
  'https-bundle': (dags, api) => dags.movesOn(api, { after: '1' }),
};

/** An example whose program is that of the tests. */
export function dagSource(way: string, version: string): Example {
  const dags = new GitDags(way, { AIRFLOW_VERSION: version });
  return {
    name: 'dags',
    variant: `${way}-${version}`,
    version,
    taskPods: true,
    keepsLogs: true,
    dags,
    more: (api, manifest) => WAYS[way](dags, api, manifest),
  };
}
