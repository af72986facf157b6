import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';
import { checkDataKey } from '../kubernetes/validate';

const FILE = 'user_settings.py';

/**
 * Options of local settings in a ConfigMap.
 */
export interface LocalSettingsConfigMapOptions {
  /**
   * The key of the ConfigMap that holds the module.
   *
   * @default 'airflow_local_settings.py'
   */
  readonly key?: string;
}

/**
 * A module `airflow_local_settings.py` that exists in the cluster. Airflow loads it when it starts, so restart the components after
 * a change.
 */
export class LocalSettingsFile {
  /** A module in a Secret, for example because it contains a password. */
  public static fromSecret(file: SecretKey): LocalSettingsFile {
    return new LocalSettingsFile(secretFiles([file, FILE]));
  }

  /** A module in a ConfigMap. */
  public static fromConfigMap(configMap: kplus.IConfigMap, options: LocalSettingsConfigMapOptions = {}): LocalSettingsFile {
    checkMembers('LocalSettingsConfigMapOptions', options);
    checkDataKey('key', options.key);
    return new LocalSettingsFile([
      { configMap: { name: configMap.name, items: [{ key: options.key ?? 'airflow_local_settings.py', path: FILE }] } },
    ]);
  }

  private constructor(
    /**
     * The sources of a projected volume, in addition to the ConfigMap of the library.
     *
     * @internal
     */
    public readonly _sources: Json[],
  ) {}
}
