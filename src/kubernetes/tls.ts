import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { Json } from './pod';
import { secretFiles, SecretKey } from './secret-key';

/**
 * Options of a certificate authority in a ConfigMap.
 */
export interface CertificateAuthorityConfigMapOptions {
  /**
   * The key of the ConfigMap that holds the PEM certificates.
   *
   * @default 'ca.crt'
   */
  readonly key?: string;
}

/**
 * The certificates of a trusted certificate authority (CA).
 */
export class CertificateAuthority {
  /**
   * CA certificates in a Secret.
   *
   * @param certificates the key that holds the PEM certificates
   */
  public static fromSecret(certificates: SecretKey): CertificateAuthority {
    return new CertificateAuthority(path => secretFiles([certificates, path]));
  }

  /**
   * CA certificates in a ConfigMap.
   */
  public static fromConfigMap(configMap: kplus.IConfigMap, options: CertificateAuthorityConfigMapOptions = {}): CertificateAuthority {
    checkMembers('CertificateAuthorityConfigMapOptions', options);
    return new CertificateAuthority(path => [{ configMap: { name: configMap.name, items: [{ key: options.key ?? 'ca.crt', path }] } }]);
  }

  private constructor(private readonly sources: (path: string) => Json[]) {}

  /**
   * The sources of a projected volume.
   *
   * @internal
   */
  public _bind(path: string): Json[] {
    return this.sources(path);
  }
}

/**
 * The certificate that a client presents to the server.
 */
export interface ClientCertificateOptions {
  /** The PEM certificate. `tls.crt` in a Secret of type `kubernetes.io/tls`. */
  readonly certificate: SecretKey;

  /** The PEM private key, without a passphrase. `tls.key` in a Secret of type `kubernetes.io/tls`. */
  readonly privateKey: SecretKey;
}

/**
 * TLS settings for connections to a server.
 */
export interface TlsOptions {
  /**
   * The authority that signed the server's certificate.
   *
   * @default - the public authorities that the image trusts
   */
  readonly ca?: CertificateAuthority;

  /**
   * The client certificate, for a server that asks for one.
   *
   * @default - no client certificate
   */
  readonly clientCertificate?: ClientCertificateOptions;
}

/**
 * How strictly libpq verifies a PostgreSQL server (`sslmode`).
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export enum PostgresSslMode {
  /** Requires TLS but accepts any certificate. Protects against eavesdropping, not against a server in between. */
  REQUIRE = 'require',
  /** Requires a certificate that the authority signed, for any host name. */
  VERIFY_CA = 'verify-ca',
  /** Requires a certificate that the authority signed for the host name of the connection. */
  VERIFY_FULL = 'verify-full',
}

/**
 * TLS settings for connections to PostgreSQL.
 */
export interface PostgresTlsOptions extends TlsOptions {
  /**
   * How strictly the server's certificate is verified.
   *
   * @default PostgresSslMode.VERIFY_FULL
   */
  readonly mode?: PostgresSslMode;
}
