import { Duration } from 'cdk8s';
import { CertificateIssuer } from '../kubernetes/certificate';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority, ClientCertificateOptions } from '../kubernetes/tls';

/**
 * The certificate of a server, in Secrets that exist.
 */
export interface SecretServerTlsOptions {
  /** The PEM certificate, followed by those of intermediate authorities. `tls.crt` in a Secret of type `kubernetes.io/tls`. */
  readonly certificate: SecretKey;

  /** The PEM private key, without a passphrase. `tls.key` in a Secret of type `kubernetes.io/tls`. Only the pods of the server get it. */
  readonly privateKey: SecretKey;

  /** The authority that signed the certificate. All pods that run tasks trust it. */
  readonly ca: CertificateAuthority;

  /**
   * The certificate that tasks present to the server (mutual TLS, Airflow 3.3). The server then refuses everyone without a certificate.
   *
   * @default - the server asks nobody for a certificate
   */
  readonly clientCertificate?: ClientCertificateOptions;

  /**
   * The authority that signs the certificates of clients. It needs `clientCertificate`.
   *
   * @default - `ca`
   */
  readonly clientCa?: CertificateAuthority;
}

/**
 * The certificate of a server, which cert-manager issues and renews.
 */
export interface CertManagerServerTlsOptions {
  /** The issuer of the certificate. */
  readonly issuer: CertificateIssuer;

  /**
   * The authority that all pods that run tasks trust. Set it if the issuer does not write `ca.crt` into the Secret of a certificate, if
   * task pods are in another namespace, or to change the authority without a gap.
   *
   * @default - `ca.crt` in the Secret of the certificate
   */
  readonly ca?: CertificateAuthority;

  /**
   * Whether the server asks tasks for a certificate (mutual TLS, Airflow 3.3). The issuer then also issues a certificate for tasks,
   * and the server refuses everyone without a certificate.
   *
   * @default false
   */
  readonly mutual?: boolean;

  /**
   * Further names of the server, for example the host that users see if a load balancer passes TLS through.
   *
   * @default - only the names of the Service
   */
  readonly dnsNames?: string[];

  /**
   * How long a certificate is valid, at least one hour.
   *
   * @default - 90 days, by cert-manager
   */
  readonly duration?: Duration;

  /**
   * How long before its end cert-manager renews a certificate, at least 5 minutes.
   *
   * @default - a third of its duration, by cert-manager
   */
  readonly renewBefore?: Duration;
}
