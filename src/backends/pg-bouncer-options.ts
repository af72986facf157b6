import * as kplus from 'cdk8s-plus-27';
import { ExporterOptions } from './server-exporter';
import { ImageOptions } from '../kubernetes/image';
import { PlacementOptions } from '../kubernetes/placement';
import { SecretKey } from '../kubernetes/secret-key';
import { CertificateAuthority } from '../kubernetes/tls';

/**
 * The certificate with which PgBouncer proves itself to the pods of Airflow.
 */
export interface PgBouncerTlsOptions {
  /** The PEM certificate for `<instance>-pgbouncer.<namespace>.svc`; `tls.crt` in a Secret of type `kubernetes.io/tls`. */
  readonly certificate: SecretKey;

  /** The PEM private key, without a passphrase. `tls.key` in a Secret of type `kubernetes.io/tls`. */
  readonly privateKey: SecretKey;

  /** The authority that signed the certificate. */
  readonly ca: CertificateAuthority;
}

/**
 * Options of PgBouncer.
 */
export interface PgBouncerOptions extends ImageOptions {
  /**
   * The image, with a tag or digest. It has `pgbouncer` 1.18 or newer and `sh`.
   *
   * @default 'apache/airflow:airflow-pgbouncer-2025.03.05-1.23.1'
   */
  readonly image?: string;

  /**
   * The number of pods. With two or more, a PodDisruptionBudget lets the cluster evict one at a time.
   *
   * @default 2
   */
  readonly replicas?: number;

  /**
   * The number of connections to the database for metadata, for all pods of PgBouncer together. A transaction that finds none free waits.
   *
   * @default - computed from the components; `airflow.notes` shows the table
   */
  readonly poolSize?: number;

  /**
   * The same for the results of Celery, if they are in the metadata database.
   *
   * @default - computed from the schedulers and the Celery workers
   */
  readonly resultsPoolSize?: number;

  /**
   * The number of connections that the database has for this Airflow, often its `max_connections` without those that it reserves. More
   * than that throws at synthesis, with the table of all connections.
   *
   * @default - not checked
   */
  readonly maxConnections?: number;

  /**
   * TLS between the pods of Airflow and PgBouncer.
   *
   * @default - no TLS there; `tls` of the database decides about TLS between PgBouncer and the database
   */
  readonly tls?: PgBouncerTlsOptions;

  /**
   * An exporter of metrics for Prometheus beside each PgBouncer, on port 9127.
   *
   * @default - none
   */
  readonly exporter?: ExporterOptions;

  /**
   * CPU and memory. Each amount that is left out keeps its default. A connection takes some 10 KiB.
   *
   * @default - requests of 50m CPU and 32Mi memory, a limit of 256Mi memory
   */
  readonly resources?: kplus.ContainerResources;

  /**
   * The nodes of the pods. Each of its members replaces the one of `pods`.
   *
   * @default - the placement of all pods
   */
  readonly placement?: PlacementOptions;
}
