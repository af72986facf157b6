import { Construct } from 'constructs';
import { DatabaseParts } from '../core/database-parts';
import { Json } from '../kubernetes/pod';
import { SecretKey } from '../kubernetes/secret-key';
import { PostgresSslMode } from '../kubernetes/tls';
import { failure } from '../kubernetes/validate';

/** The connection of KEDA: parameters from Secrets, and parameters that are literal. */
export interface KedaConnection {
  readonly login: [parameter: string, key: SecretKey][];
  readonly server: Json;
}

/** The parameters of the scaler, from the parts of Airflow's own connection. */
export function inParts(scope: Construct, parts: DatabaseParts | undefined): KedaConnection {
  const because = parts && kedaObstacle(parts);
  if (parts === undefined || because !== undefined) {
    throw failure(
      scope,
      `'scaling' by KEDA needs 'connection'${because === undefined ? '' : ` (${because})`}, a Secret with the address of the Postgres `
        + 'that holds the metadata, like postgresql://user:password@host:5432/airflow?sslmode=require; it reads no other database, '
        + 'and no postgresql+psycopg2://, as Airflow does',
    );
  }
  const { host, port, user: userName, name: dbName, password } = parts;
  const named = Object.entries({ host, port, userName, dbName, password: { key: password, value: undefined } });
  return {
    login: named.flatMap(([parameter, { key }]): [string, SecretKey][] => (key === undefined ? [] : [[parameter, key]])),
    server: {
      ...Object.fromEntries(named.flatMap(([parameter, { value }]) => (value === undefined ? [] : [[parameter, value]]))),
      // KEDA has the public authorities in its image, and no file of another.
      sslmode: parts.ownCa ? PostgresSslMode.REQUIRE : parts.sslMode,
    },
  };
}

/** What keeps KEDA from a connection that Airflow can open; undefined if nothing does. */
function kedaObstacle({ ownPod, clientCertificate, password, token }: DatabaseParts): string | undefined {
  if (token !== undefined) { return 'KEDA cannot request the tokens of the database'; }
  if (ownPod) { return "the proxy at the 'host' of the database is in the pods of Airflow alone"; }
  if (clientCertificate) { return 'KEDA cannot show the client certificate of the database'; }
  return password === undefined ? 'the database has no password' : undefined;
}
