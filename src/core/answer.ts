import { Endpoint, Peer } from './endpoints';
import { Needs, Role } from './needs';
import { Container, EnvVar, Mount, Volume } from '../kubernetes/pod';

/** What a choice (DAG source, task logs, ...) adds to a pod. */
export interface PodParts {
  readonly env?: EnvVar[];
  readonly mounts?: Mount[];
  readonly volumes?: Volume[];
  readonly initContainers?: Container[];
  readonly sidecars?: Container[];
  /** Which container runs ssh, which works only under a user that has a name in its image. */
  readonly ssh?: 'main' | 'git-sync';
  /** How many repositories and buckets the main container fetches before its loop runs. */
  readonly fetches?: number;
  /** To whom a pod of the role then talks. */
  readonly peers?: (role: Role) => Peer[];
}

/** An option of Airflow that a choice settles. */
export interface ConfigOption {
  readonly section: string;
  readonly option: string;
  /** Undefined where a Secret sets it, or where Airflow's default holds. */
  readonly value?: string | (() => string | undefined);
  /** The prop that decides the option; without one, the value is a default, which `config` may replace. */
  readonly prop?: string;
  /** What the reader does instead, where the prop alone does not say it. */
  readonly instead?: string;
}

/** What a choice means for an Airflow: one loop sets the options of all choices, and one collects their parts of a pod. */
export interface Answer {
  readonly options?: ConfigOption[];
  /** What it adds to a pod of the role. */
  readonly parts?: (role: Role, needs: Needs) => PodParts;
}

/** What a connection means for an Airflow. */
export interface ConnectionAnswer extends Answer {
  readonly endpoint: Endpoint;
  /** The variables that give a container the connection. */
  readonly env: EnvVar[];
}

/** An option that a prop decides. */
export function own(section: string, option: string, value: ConfigOption['value'], prop: string, instead?: string): ConfigOption {
  return { section, option, value, prop, instead };
}

/** An option that `config` may set otherwise. */
export function byDefault(section: string, option: string, value: string): ConfigOption {
  return { section, option, value };
}

/** The files of a connection, for the roles that open it. */
export function filesFor(kind: 'database' | 'broker' | 'results', files: PodParts = {}): Required<Answer>['parts'] {
  return (_role, needs) => (needs[kind] ? files : {});
}
