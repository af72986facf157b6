import { ApiObject, ApiObjectMetadata, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { Problems } from './problems';
import { checkSeconds, isSubdomain } from './validate';

const GROUP = 'cert-manager.io';

/**
 * An issuer of cert-manager, or of a project that issues for cert-manager.
 *
 * @see https://cert-manager.io/docs/configuration/
 */
export interface CertificateIssuer {
  /** The name of the issuer. An `Issuer` is in the namespace of the Airflow. */
  readonly name: string;

  /**
   * The kind of the issuer: `Issuer`, `ClusterIssuer`, or a kind of another `group`.
   *
   * @default 'Issuer'
   */
  readonly kind?: string;

  /**
   * The API group of the issuer.
   *
   * @default 'cert-manager.io'
   */
  readonly group?: string;
}

/** A certificate that cert-manager issues into a Secret, and renews. */
export interface CertificateRequest {
  readonly metadata: ApiObjectMetadata;
  readonly secretName: string;
  readonly issuer: CertificateIssuer;
  readonly dnsNames: string[];
  readonly purpose: 'server auth' | 'client auth';
  readonly duration?: Duration;
  readonly renewBefore?: Duration;
}

/** Creates a Certificate of cert-manager. */
export function certificate(scope: Construct, id: string, request: CertificateRequest): ApiObject {
  const { metadata, secretName, issuer, dnsNames, purpose, duration, renewBefore } = request;
  return new ApiObject(scope, id, {
    apiVersion: `${GROUP}/v1`,
    kind: 'Certificate',
    metadata,
    spec: {
      secretName,
      // The Secret belongs to the instance as well.
      secretTemplate: { labels: metadata.labels },
      issuerRef: { name: issuer.name, kind: issuer.kind ?? 'Issuer', group: issuer.group ?? GROUP },
      dnsNames,
      usages: ['digital signature', 'key encipherment', purpose],
      duration: duration && goDuration(duration),
      renewBefore: renewBefore && goDuration(renewBefore),
      privateKey: { rotationPolicy: 'Always' },
    },
  });
}

/** Finds the mistakes of an issuer. */
export function checkIssuer(problems: Problems, prop: string, { name, kind, group = GROUP }: CertificateIssuer): void {
  if (!isSubdomain(name)) {
    problems.add(`'${prop}.name' must be the name of an issuer, of lowercase letters, digits, '-' and '.', got '${name}'`);
  }
  if (!isSubdomain(group)) { problems.add(`'${prop}.group' must be an API group like awspca.cert-manager.io, got '${group}'`); }
  if (kind !== undefined && !/^[A-Z][A-Za-z0-9]*$/.test(kind)) {
    problems.add(`'${prop}.kind' must be a kind like Issuer or ClusterIssuer, got '${kind}'`);
  } else if (kind !== undefined && group === GROUP && !['Issuer', 'ClusterIssuer'].includes(kind)) {
    problems.add(`'${prop}.kind' must be Issuer or ClusterIssuer in the group ${GROUP}, got '${kind}'; set 'group' to that of the issuer`);
  }
}

/** The shortest times that cert-manager accepts, in seconds, and its default duration. */
const SHORTEST = { duration: 3600, renewBefore: 300 };
const DEFAULT_DURATION = Duration.days(90);

/** Finds the mistakes of the times of a certificate, which cert-manager would refuse. */
export function checkTimes(
  scope: Construct,
  problems: Problems,
  prop: string,
  { duration, renewBefore }: Pick<CertificateRequest, 'duration' | 'renewBefore'>,
): void {
  problems.check(() => checkSeconds(scope, `${prop}.duration`, duration, SHORTEST.duration));
  problems.check(() => checkSeconds(scope, `${prop}.renewBefore`, renewBefore, SHORTEST.renewBefore));
  const seconds = (time: Duration) => time.toSeconds({ integral: false });
  if (renewBefore !== undefined && seconds(renewBefore) >= seconds(duration ?? DEFAULT_DURATION)) {
    problems.add(
      `'${prop}.renewBefore' must be shorter than 'duration', ${(duration ?? DEFAULT_DURATION).toHumanString()}, `
        + `got ${renewBefore.toHumanString()}`,
    );
  }
}

/** A duration as Go prints it, so that the object in the cluster is the object of the YAML. */
export function goDuration(duration: Duration): string {
  const seconds = duration.toSeconds();
  return `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
}
