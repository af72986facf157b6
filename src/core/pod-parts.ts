import type { Peer } from './endpoints';
import { Role } from './roles';
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
