import * as kplus from 'cdk8s-plus-27';
import { checkMembers } from './members';
import { Json } from './pod';

/**
 * Options of a certificate authority.
 */
export interface CertificateAuthorityOptions {
  /**
   * The key that holds the certificates, as PEM.
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
   */
  public static fromSecret(secret: kplus.ISecret, options: CertificateAuthorityOptions = {}): CertificateAuthority {
    checkMembers('CertificateAuthorityOptions', options);
    return new CertificateAuthority('secret', secret.name, options);
  }

  /**
   * The certificates in a ConfigMap.
   */
  public static fromConfigMap(configMap: kplus.IConfigMap, options: CertificateAuthorityOptions = {}): CertificateAuthority {
    checkMembers('CertificateAuthorityOptions', options);
    return new CertificateAuthority('configMap', configMap.name, options);
  }

  private constructor(private readonly kind: string, private readonly name: string, private readonly options: CertificateAuthorityOptions) {}

  /**
   * The source of a projected volume.
   *
   * @internal
   */
  public _bind(path: string): Json {
    return { [this.kind]: { name: this.name, items: [{ key: this.options.key ?? 'ca.crt', path }] } };
  }
}

/**
 * The certificate by which a client shows who it is.
 */
export interface ClientCertificateOptions {
  /** The Secret that holds the certificate and its key, for example of type `kubernetes.io/tls`. */
  readonly secret: kplus.ISecret;

  /**
   * The key of the Secret that holds the certificate.
   *
   * @default 'tls.crt'
   */
  readonly certificateKey?: string;

  /**
   * The key of the Secret that holds the private key, without a passphrase.
   *
   * @default 'tls.key'
   */
  readonly privateKeyKey?: string;
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
