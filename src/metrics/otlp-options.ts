import { SecretKey } from '../kubernetes/secret-key';

/**
 * The protocol of an OTLP endpoint.
 */
export enum OtlpProtocol {
  /** Protobuf over HTTP, usually on port 4318. */
  HTTP = 'http/protobuf',
  /** gRPC, usually on port 4317. */
  GRPC = 'grpc',
}

/**
 * How to reach an OTLP endpoint.
 */
export interface OtlpOptions {
  /**
   * The URL of the endpoint: scheme, host and port, for example `http://collector.monitoring.svc:4318`. A path comes before
   * `/v1/metrics` or `/v1/traces`; Airflow before 3.2 can have none.
   */
  readonly endpoint: string;

  /**
   * The protocol. Airflow before 3.2 knows only HTTP.
   *
   * @default OtlpProtocol.HTTP
   */
  readonly protocol?: OtlpProtocol;

  /**
   * The headers of every request, as `name=value,name=value`, for example `Authorization=Bearer%20...`. All pods that send have them, so
   * the Secret must exist in every namespace of task pods.
   *
   * @default - none
   */
  readonly headers?: SecretKey;
}
