import { PodParts } from './answer';
import { projectedFiles } from '../kubernetes/render';
import { secretFiles } from '../kubernetes/secret-key';
import { PostgresSslMode, PostgresTlsOptions, TlsOptions } from '../kubernetes/tls';
import { failure } from '../kubernetes/validate';

/** The name of the volume with the TLS files of the metadata database. */
export const DATABASE_TLS = 'database-tls';
/** The public certificate authorities in the official image, at the path of every Debian. */
const KNOWN_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** The files that TLS needs: the parts that bring them into a pod, and their paths. */
export interface TlsFiles {
  readonly parts: PodParts;
  readonly ca: string;
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** The TLS files of a connection, in a volume with the given name. */
export function tlsFiles(name: string, { ca, clientCertificate: client }: TlsOptions): TlsFiles {
  const folder = `/run/secrets/${name}`;
  const sources = [
    ...ca === undefined ? [] : ca._bind('ca.crt'),
    ...client === undefined ? [] : secretFiles([client.certificate, 'tls.crt'], [client.privateKey, 'tls.key']),
  ];
  return {
    parts: sources.length === 0 ? {} : {
      volumes: [projectedFiles(name, sources)],
      mounts: [{ name, mountPath: folder, readOnly: true }],
    },
    ca: ca === undefined ? KNOWN_AUTHORITIES : `${folder}/ca.crt`,
    ...client && { certificate: `${folder}/tls.crt`, privateKey: `${folder}/tls.key` },
  };
}

/** The TLS parameters of libpq, by their names. */
export function postgresParameters(
  { mode = PostgresSslMode.VERIFY_FULL }: PostgresTlsOptions,
  files: TlsFiles,
): { [name: string]: string } {
  return {
    sslmode: mode,
    // With `sslrootcert`, libpq would check the certificate even in the mode `require`.
    ...(mode !== PostgresSslMode.REQUIRE && { sslrootcert: files.ca }),
    ...(files.certificate !== undefined && { sslcert: files.certificate, sslkey: files.privateKey! }),
  };
}

/** Throws for a mode that contradicts `ca`. */
export function checkPostgresTls(prop: string, { mode, ca }: PostgresTlsOptions = {}): void {
  if (mode === PostgresSslMode.REQUIRE && ca !== undefined) {
    throw failure(
      undefined,
      `'${prop}.mode' must be verify-ca or verify-full beside 'ca', got 'require', which looks at no certificate; leave one of them out`,
    );
  }
  if (mode === PostgresSslMode.VERIFY_CA && ca === undefined) {
    throw failure(undefined, `'${prop}.mode' must be verify-full without 'ca', got 'verify-ca', which takes any certificate of the web; `
      + "give the 'ca', or leave out the 'mode'");
  }
}
