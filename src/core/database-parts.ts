import { SecretKey } from '../kubernetes/secret-key';

/** A part of a connection: a value, or the key of a Secret that holds it. */
export interface Part {
  readonly value?: string;
  readonly key?: SecretKey;
}

/** A connection to Postgres in parts, for clients that take no URL of SQLAlchemy. */
export interface DatabaseParts {
  readonly host: Part;
  readonly port: Part;
  readonly name: Part;
  readonly user: Part;
  /** Undefined if the server asks for no password. */
  readonly password?: SecretKey;
  /** The mode of libpq. */
  readonly sslMode: string;
  /** Whether the server's certificate is signed by an authority that only a file in the pod names. */
  readonly ownCa: boolean;
  readonly clientCertificate: boolean;
  /** Whether the host is the pod of the client, in which a proxy listens. */
  readonly ownPod: boolean;
}
