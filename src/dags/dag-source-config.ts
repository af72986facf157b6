import { SharedGitSync } from './shared-git-sync';
import { Answer, PodParts } from '../core/answer';
import { Needs, Role } from '../core/needs';

/** The configuration of the instance that results from a DAG source. */
export interface DagSourceConfig extends Answer {
  /** The value of `[core] dags_folder`, or the DAG folder of one of several sources. */
  readonly folder: string;
  /** The value of `[core] plugins_folder`, if the source has plugins. */
  readonly pluginsFolder?: string;
  /** The parts of a pod with this role. `needs` tells whether the pod reads DAGs or loads plugins. */
  readonly parts: (role: Role, needs: Pick<Needs, 'dags' | 'plugins'>) => PodParts;
  /** The interval in seconds between scans of the folder for new files. */
  readonly refreshSeconds?: number;
  /** The port that the source opens in each pod that reads DAGs. */
  readonly port?: number;
  /** The single git-sync whose clone all pods share. */
  readonly gitSync?: SharedGitSync;
  /** More options of `[dag_processor]`, for Airflow 3 only. */
  readonly bundles?: { readonly [option: string]: string };
}

/** The position and mount path of one of several sources. */
export interface DagPlace {
  readonly name: string;
  readonly index: number;
  readonly path: string;
}
