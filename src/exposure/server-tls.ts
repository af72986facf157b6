import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { CertManagerServerTlsOptions, SecretServerTlsOptions } from './server-tls-options';
import { AirflowConfig } from '../core/airflow-config';
import { PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { labelsFor } from '../core/labels';
import { certificate, checkIssuer, checkTimes } from '../kubernetes/certificate';
import { checkMembers } from '../kubernetes/members';
import { EnvVar, Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { projectedFiles } from '../kubernetes/render';
import { secretFiles, SecretKey } from '../kubernetes/secret-key';
import { isSubdomain } from '../kubernetes/validate';

/** The server whose certificate it is. */
export interface TlsServer {
  /** The prop that errors name. */
  readonly prop: string;
  /** The part of the instance that the server is, as in the names of objects. */
  readonly part: string;
}

/** The sources of the files, for a projected volume. */
export interface TlsSources {
  readonly certificate: Json[];
  readonly ca: (path: string) => Json[];
  /** Mutual TLS: the certificate of the clients, and its authority. */
  readonly clients?: { readonly certificate: (certificate: string, privateKey: string) => Json[]; readonly ca: (path: string) => Json[] };
}

/** The result of the choice. */
export interface ServerTlsConfig {
  readonly sources: TlsSources;
  /** Whether the pods of tasks can get their files only in the namespace of the Airflow. */
  readonly onlyHere: boolean;
  /** Creates the objects from which the Secrets come. */
  readonly create: (scope: Construct, service: string) => void;
}

/**
 * The certificate of the API server or of the webserver.
 */
export abstract class ServerTls {
  /**
   * A certificate in a Secret. When the Secret changes, new connections use the new certificate; nothing restarts.
   *
   * The certificate must be valid for `<service>.<namespace>.svc`, which tasks connect to.
   */
  public static fromSecret(options: SecretServerTlsOptions): ServerTls {
    checkMembers('SecretServerTlsOptions', options);
    return new SecretServerTls(options);
  }

  /**
   * A certificate that cert-manager issues for the names of the Service, and renews. cert-manager must be in the cluster.
   *
   * @see https://cert-manager.io/docs/usage/certificate/
   */
  public static certManager(options: CertManagerServerTlsOptions): ServerTls {
    checkMembers('CertManagerServerTlsOptions', options);
    return new CertManagerServerTls(options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext, server: TlsServer): ServerTlsConfig;
}

/** Throws for mutual TLS where the server cannot ask for a certificate. */
function checkMutual({ version }: BindContext, problems: Problems, prop: string): void {
  if (!version._isFrom(3, 3)) {
    problems.add(
      `'${prop}' needs Airflow 3.3 or newer, whose server can ask clients for a certificate, got ${version.release}; leave it out`,
    );
  }
}

class SecretServerTls extends ServerTls {
  constructor(private readonly options: SecretServerTlsOptions) { super(); }

  public _bind(context: BindContext, { prop }: TlsServer): ServerTlsConfig {
    const { certificate: own, privateKey, ca, clientCertificate: client, clientCa = ca } = this.options;
    gather(context, problems => {
      if (client !== undefined) { checkMutual(context, problems, `${prop}.clientCertificate`); }
      if (client === undefined && this.options.clientCa !== undefined) {
        problems.add(`'${prop}.clientCa' needs 'clientCertificate', with which tasks come through; set it, or leave 'clientCa' out`);
      }
      this.checkPrivateKey(problems, prop);
    });
    return {
      sources: {
        certificate: secretFiles([own, 'tls.crt'], [privateKey, 'tls.key']),
        ca: path => ca._bind(path),
        ...client && {
          clients: {
            certificate: (path, keyPath) => secretFiles([client.certificate, path], [client.privateKey, keyPath]),
            ca: path => clientCa._bind(path),
          },
        },
      },
      onlyHere: false,
      create: () => {},
    };
  }

  /** Finds the private key of the server where all tasks would get it. */
  private checkPrivateKey(problems: Problems, prop: string): void {
    const { privateKey, ca, clientCertificate: client } = this.options;
    const shared: [string, Json[]][] = [
      ['ca', ca._bind('ca.crt')],
      ...client === undefined ? [] : [
        ['clientCertificate.certificate', secretFiles([client.certificate, 'tls.crt'])],
        ['clientCertificate.privateKey', secretFiles([client.privateKey, 'tls.key'])],
      ] as [string, Json[]][],
    ];
    for (const [name, sources] of shared) {
      if (sources.some(source => isFrom(source, privateKey))) {
        problems.add(`'${prop}.${name}' goes to every task, but is the 'privateKey' of the server, got '${privateKey.key}' of the Secret `
          + `'${privateKey.secretName}'; use another key`);
      }
    }
  }
}

/** Whether the source of a projected volume has the key. */
function isFrom(source: Json, { secretName, key }: SecretKey): boolean {
  const { name, items = [] } = (source.secret ?? {}) as { name?: string; items?: { key: string }[] };
  return name === secretName && items.some(item => item.key === key);
}

class CertManagerServerTls extends ServerTls {
  constructor(private readonly options: CertManagerServerTlsOptions) { super(); }

  public _bind(context: BindContext, { prop, part }: TlsServer): ServerTlsConfig {
    this.check(context, prop);
    const { ca: given, mutual } = this.options;
    const secretName = context._names.secret(`${part}-internal-tls`);
    const clientSecretName = context._names.secret(`${part}-client-tls`);
    const key = (name: string) => SecretKey.of(secretName, name);
    const ca = (path: string) => given?._bind(path) ?? secretFiles([key('ca.crt'), path]);
    const ofClient = (name: string) => SecretKey.of(clientSecretName, name);
    return {
      sources: {
        certificate: secretFiles([key('tls.crt'), 'tls.crt'], [key('tls.key'), 'tls.key']),
        ca,
        ...mutual && {
          clients: { certificate: (path, keyPath) => secretFiles([ofClient('tls.crt'), path], [ofClient('tls.key'), keyPath]), ca },
        },
      },
      onlyHere: given === undefined || mutual === true,
      create: (scope, service) => this.create(context, scope, part, service, [secretName, clientSecretName]),
    };
  }

  private check(context: BindContext, prop: string): void {
    const { issuer, mutual, dnsNames = [] } = this.options;
    gather(context, problems => {
      checkIssuer(problems, `${prop}.issuer`, issuer);
      checkTimes(context, problems, prop, this.options);
      if (mutual) { checkMutual(context, problems, `${prop}.mutual`); }
      for (const name of dnsNames) {
        if (!isSubdomain(name.replace(/^\*\./, ''))) {
          problems.add(`'${prop}.dnsNames' must be of DNS names like airflow.example.com or *.example.com, got '${name}'`);
        }
      }
    });
  }

  private create(context: BindContext, scope: Construct, part: string, service: string, [secretName, clientSecretName]: string[]): void {
    const { issuer, mutual, dnsNames = [], duration, renewBefore } = this.options;
    const { namespace } = Chart.of(scope);
    const shared = { issuer, duration, renewBefore };
    const metadata = (purpose: string) => ({
      ...context._names.metadata({ scope, kind: 'Certificate', part: purpose }), labels: labelsFor(context._labels, part),
    });
    const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
    certificate(scope, 'certificate', {
      ...shared, metadata: metadata(part), secretName, purpose: 'server auth', dnsNames: [...new Set([...names, ...dnsNames])],
    });
    if (mutual) {
      const name = `${part}-client`;
      certificate(scope, 'client-certificate', {
        ...shared,
        metadata: metadata(name),
        secretName: clientSecretName,
        purpose: 'client auth',
        dnsNames: [`${context._names.instance}-${name}`],
      });
    }
  }
}

const SERVER_FOLDER = '/run/secrets/server-tls';
const CLIENT_FOLDER = '/run/secrets/api-server-tls';

/** The files of the server, and the options of Airflow that name them: the only parts with its private key. */
export function serverParts({ version }: BindContext, { sources: { certificate: own, ca, clients } }: ServerTlsConfig): PodParts {
  const option = (name: string, value: string) =>
    version.isAirflow3 ? variable('api', name, value) : variable('webserver', `web_server_${name}`, value);
  const file = (name: string) => `${SERVER_FOLDER}/${name}`;
  return {
    // The authority is there to check a new certificate before it is used, and the certificate of the clients for the probes.
    volumes: [
      projectedFiles('server-tls', [
        ...own,
        ...ca('ca.crt'),
        ...(clients === undefined ? [] : [...clients.ca('clients-ca.crt'), ...clients.certificate('client.crt', 'client.key')]),
      ]),
    ],
    mounts: [{ name: 'server-tls', mountPath: SERVER_FOLDER, readOnly: true }],
    env: [
      option('ssl_cert', file('tls.crt')),
      option('ssl_key', file('tls.key')),
      ...(clients === undefined ? [] : [option('ssl_ca_file', file('clients-ca.crt')), option('ssl_cert_reqs', 'required')]),
    ],
  };
}

/** The files of the pods that run tasks, and the options of Airflow that name them. */
export function clientParts({ version }: BindContext, { sources: { ca, clients } }: ServerTlsConfig): PodParts {
  const option = (name: string, file: string) => variable('api', name, `${CLIENT_FOLDER}/${file}`);
  return {
    volumes: [projectedFiles('api-server-tls', [...ca('ca.crt'), ...clients?.certificate('tls.crt', 'tls.key') ?? []])],
    mounts: [{ name: 'api-server-tls', mountPath: CLIENT_FOLDER, readOnly: true }],
    env: [
      // Before 3.3, clients trust the certificate of the server's option, and an authority in its place as well.
      option(version._isFrom(3, 3) ? 'ssl_ca_file' : 'ssl_cert', 'ca.crt'),
      ...clients === undefined ? [] : [option('client_ssl_cert', 'tls.crt'), option('client_ssl_key', 'tls.key')],
    ],
  };
}

/** The options that `tls` decides, each in the pods that need it. */
export const TLS_OPTIONS: readonly (readonly [section: string, option: string])[] = [
  ...['ssl_cert', 'ssl_key', 'ssl_ca_file', 'ssl_cert_reqs', 'client_ssl_cert', 'client_ssl_key'].map(option => ['api', option] as const),
  ...['web_server_ssl_cert', 'web_server_ssl_key'].map(option => ['webserver', option] as const),
];

function variable(section: string, option: string, value: string): EnvVar {
  return { name: AirflowConfig.variableName(section, option), value };
}
