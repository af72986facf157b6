import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { Json } from './pod';
import { secretFiles, SecretKey } from './secret-key';

/**
 * Options of a certificate authority in a ConfigMap.
 */
export interface CertificateAuthorityConfigMapOptions {
  /**
   * The key of the ConfigMap that holds the certificates, as PEM.
   *
   * @default 'ca.crt'
   */
  readonly key?: string;
}

/**
 * Whose certificates are trusted.
 */
export class CertificateAuthority {
  /**
   * The certificates in a Secret.
   *
   * @param certificates the key that holds them, as PEM
   */
  public static fromSecret(certificates: SecretKey): CertificateAuthority {
    return new CertificateAuthority(path => secretFiles([certificates, path]));
  }

  /**
   * The certificates in a ConfigMap.
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
 * The certificate by which a client proves who it is.
 */
export interface ClientCertificateOptions {
  /** The certificate, as PEM; `tls.crt` in a Secret of type `kubernetes.io/tls`. */
  readonly certificate: SecretKey;

  /** Its private key, as PEM without a passphrase; `tls.key` in a Secret of type `kubernetes.io/tls`. */
  readonly privateKey: SecretKey;
}

/**
 * How a server is reached by TLS.
 */
export interface TlsOptions {
  /**
   * Who has signed the certificate of the server.
   *
   * @default - the authorities that the image knows, those of the web
   */
  readonly ca?: CertificateAuthority;

  /**
   * The certificate that the server asks for.
   *
   * @default - none
   */
  readonly clientCertificate?: ClientCertificateOptions;
}

/**
 * What libpq demands of a Postgres.
 *
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export enum PostgresSslMode {
  /** TLS, with whatever certificate: against listeners, not against a server in between. */
  REQUIRE = 'require',
  /** A certificate of the authority, of whatever host. */
  VERIFY_CA = 'verify-ca',
  /** A certificate of the authority, of the host that the connection names. */
  VERIFY_FULL = 'verify-full',
}

/**
 * How a Postgres is reached by TLS.
 */
export interface PostgresTlsOptions extends TlsOptions {
  /**
   * What is demanded of the server.
   *
   * @default PostgresSslMode.VERIFY_FULL
   */
  readonly mode?: PostgresSslMode;
}
