import { GroupRoles } from './group-roles';
import { PodParts } from '../core/answer';

/** How an identity provider logs users in to the FAB auth manager. */
export interface LoginConfig {
  /** What `python/fab_login.py` and its neighbours read. It contains no secret. */
  readonly settings: { readonly [name: string]: unknown };
  readonly groupRoles: GroupRoles;
  /** What the pods that serve the UI get: secrets, certificates, and the servers that they talk to. */
  readonly parts: PodParts;
  /** The name of the provider in the redirect URI. */
  readonly redirectName?: string;
  /** The name of the provider for people. */
  readonly label: string;
}
