import { SecretKey } from '../kubernetes/secret-key';
import { Cloud } from '../kubernetes/workload-identity';

/** The variable that names the issuer of tokens. */
export const TOKEN_VARIABLE = 'AIRFLOW_DATABASE_TOKEN_SOURCE';

/** A part of a connection: a value, or the key of a Secret that holds it. */
export interface Part {
  readonly value?: string;
  readonly key?: SecretKey;
}

/** The tokens with which pods log in to the database. */
export interface TokenFacts {
  /** The cloud whose identities request the tokens. */
  readonly cloud: Cloud;
  /** The factories of such identities, for errors. */
  readonly identities: string;
  /** Variables that give a pod such an identity without the library. */
  readonly variables: string[];
}

/** A connection to Postgres in parts, for clients that take no URL of SQLAlchemy. */
export interface DatabaseParts {
  readonly host: Part;
  readonly port: Part;
  readonly name: Part;
  readonly user: Part;
  /** Undefined if the server asks for no password, or for a token. */
  readonly password?: SecretKey;
  /** The tokens in place of a password. */
  readonly token?: TokenFacts;
  /** The mode of libpq. */
  readonly sslMode: string;
  /** Whether the server's certificate is signed by an authority that only a file in the pod names. */
  readonly ownCa: boolean;
  readonly clientCertificate: boolean;
  /** Whether the host is the pod of the client, in which a proxy listens. */
  readonly ownPod: boolean;
}
