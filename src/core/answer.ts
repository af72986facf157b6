import { WorkloadMetrics } from './airflow-workload';
import { Endpoint, Peer } from './endpoints';
import { Needs, Role } from './needs';
import { Container, EnvVar, Mount, Volume } from '../kubernetes/pod';

/** The parts that a choice (DAG source, task logs, ...) adds to a pod. */
export interface PodParts {
  readonly env?: EnvVar[];
  readonly mounts?: Mount[];
  readonly volumes?: Volume[];
  readonly initContainers?: Container[];
  readonly sidecars?: Container[];
  /** The container that runs ssh. ssh works only for a user that has a name in the image. */
  readonly ssh?: 'main' | 'git-sync';
  /** How many repositories and buckets the main container fetches before its loop runs. */
  readonly fetches?: number;
  /** Shell commands that the main container of a component runs before its own command, at each start. */
  readonly atStart?: string[];
  /** Where a pod then serves metrics for Prometheus. */
  readonly metrics?: WorkloadMetrics[];
  /** The servers that a pod of the role then talks to. */
  readonly peers?: (role: Role) => Peer[];
}

/** An option of `airflow.cfg` that a choice sets. */
export interface ConfigOption {
  readonly section: string;
  readonly option: string;
  /** Undefined if a Secret sets the option, or if Airflow's default holds. */
  readonly value?: string | (() => string | undefined);
  /** The prop that decides the option. Without a prop, the value is a default, which `config` may replace. */
  readonly prop?: string;
  /** What to do instead, if the name of the prop does not tell it. */
  readonly instead?: string;
}

/** The result of a choice. One loop sets the options of all choices, and another collects their parts of a pod. */
export interface Answer {
  readonly options?: ConfigOption[];
  /** The parts that the choice adds to a pod of the role. */
  readonly parts?: (role: Role, needs: Needs) => PodParts;
}

/** The result of a choice that has a connection. */
export interface ConnectionAnswer extends Answer {
  readonly endpoint: Endpoint;
  /** The environment variables that give a container the connection. */
  readonly env: EnvVar[];
}

/** Creates an option that a prop decides. */
export function own(section: string, option: string, value: ConfigOption['value'], prop: string, instead?: string): ConfigOption {
  return { section, option, value, prop, instead };
}

/** Creates a default, which `config` may replace. */
export function byDefault(section: string, option: string, value: string): ConfigOption {
  return { section, option, value };
}

/** Gives the parts, such as the files of a connection, to the roles with that need. */
export function partsFor(need: 'database' | 'broker' | 'results' | 'telemetry', parts: PodParts = {}): Required<Answer>['parts'] {
  return (_role, needs) => (needs[need] ? parts : {});
}
