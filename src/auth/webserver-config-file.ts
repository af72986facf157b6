import * as kplus from 'cdk8s-plus-27';
import { AirflowConfig } from '../core/airflow-config';
import { PodParts } from '../core/answer';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';
import { projectedFiles } from '../kubernetes/render';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';

const NAME = 'webserver-config';
const FOLDER = '/run/secrets/webserver-config';
const FILE = 'webserver_config.py';

/**
 * Options of a `webserver_config.py` in a ConfigMap.
 */
export interface WebserverConfigMapOptions {
  /**
   * The key of the ConfigMap that holds the file.
   *
   * @default 'webserver_config.py'
   */
  readonly key?: string;
}

/**
 * A `webserver_config.py` that exists in the cluster. After a change of its roles or permissions, change `jobs.migration.revision`,
 * so that they are written to the database, and restart the pods that serve the UI.
 */
export class WebserverConfigFile {
  /** A `webserver_config.py` in a Secret, for example because it contains the secret of a client. */
  public static fromSecret(file: SecretKey): WebserverConfigFile {
    return new WebserverConfigFile(secretFiles([file, FILE]));
  }

  /** A `webserver_config.py` in a ConfigMap. */
  public static fromConfigMap(configMap: kplus.IConfigMap, options: WebserverConfigMapOptions = {}): WebserverConfigFile {
    checkMembers('WebserverConfigMapOptions', options);
    return new WebserverConfigFile([{ configMap: { name: configMap.name, items: [{ key: options.key ?? FILE, path: FILE }] } }]);
  }

  private constructor(private readonly sources: Json[]) {}

  /**
   * The parts of a pod that reads the file. Other pods of Airflow 2 have the file of the library, which they only look for.
   *
   * @internal
   */
  public _bind(section: 'fab' | 'webserver'): PodParts {
    return {
      env: [{ name: AirflowConfig.variableName(section, 'config_file'), value: `${FOLDER}/${FILE}` }],
      volumes: [projectedFiles(NAME, this.sources)],
      mounts: [{ name: NAME, mountPath: FOLDER, readOnly: true }],
    };
  }
}
