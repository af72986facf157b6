import { AirflowProps } from './airflow-props';
import { unless } from './assemble';
import { AuthConfig } from '../auth/auth-config';
import { Accounts } from '../auth/fab-users';
import { AuthResources } from '../components/auth-resources';
import { CheckDags } from '../components/check-dags';
import { Pools } from '../components/pools';
import { RotateFernetKey } from '../components/rotate-fernet-key';
import { SyncUsers } from '../components/sync-users';
import { IAirflow } from '../instance/i-airflow';
import { KeysConfig } from '../secrets/keys';

/** The Jobs that wait for the migrated database. */
interface LaterJobs {
  readonly syncUsers?: SyncUsers;
  readonly rotateFernetKey?: RotateFernetKey;
  readonly authResources?: AuthResources;
  readonly checkDags?: CheckDags;
  readonly pools?: Pools;
}

/** Creates the Jobs that wait for the migrated database. */
export function createJobs(
  airflow: IAirflow, { jobs = {}, pools = {} }: AirflowProps, auth: AuthConfig, accounts: Accounts | undefined, keys: KeysConfig,
): LaterJobs {
  return {
    syncUsers: accounts && SyncUsers._of(airflow, 'sync-users', { ...jobs.syncUsers, airflow, accounts }),
    rotateFernetKey: unless(!keys.rotatesFernetKey,
      () => RotateFernetKey._of(airflow, 'rotate-fernet-key', { ...jobs.rotateFernetKey, airflow })),
    authResources: unless(auth.job === undefined,
      () => AuthResources._of(airflow, 'auth-resources', { ...jobs.authResources, airflow })),
    checkDags: jobs.checkDags && CheckDags._of(airflow, 'check-dags', { ...jobs.checkDags, airflow }),
    pools: unless(Object.keys(pools).length === 0, () => new Pools(airflow, 'pools', { ...jobs.pools, airflow, pools })),
  };
}
