import { SharedGitSync } from './shared-git-sync';
import { Answer, PodParts } from '../core/answer';
import { Needs, Role } from '../core/needs';

/** What a DAG source means for the instance. */
export interface DagSourceConfig extends Answer {
  /** `[core] dags_folder`, or where the DAGs of one of several sources are. */
  readonly folder: string;
  /** What a pod of the role needs, and whether it reads DAGs. */
  readonly parts: (role: Role, needs: Pick<Needs, 'dags'>) => PodParts;
  /** How often the folder is looked through for new files, in seconds. */
  readonly refreshSeconds?: number;
  /** What each pod that reads DAGs listens on. */
  readonly port?: number;
  /** The one clone for all pods. */
  readonly gitSync?: SharedGitSync;
  /** More options of `[dag_processor]`, which only Airflow 3 has. */
  readonly bundles?: { readonly [option: string]: string };
}

/** Where one of several sources is put. */
export interface DagPlace {
  readonly name: string;
  readonly index: number;
  readonly path: string;
}
