import { apply, kubectl } from './kubectl';
import { deployment, scrapedService } from './prometheus';

const POSTGRES = process.env.E2E_POSTGRES_EXPORTER_IMAGE ?? 'quay.io/prometheuscommunity/postgres-exporter:v0.11.1';
/** Without it, nothing watches certificates. */
export const X509 = process.env.E2E_X509_EXPORTER_IMAGE;

/** The exporters that the user of an Airflow runs beside it: of PostgreSQL, and of the certificates in Secrets. */
export async function startExporters(namespace: string, databaseSecret: { readonly name: string; readonly key: string }): Promise<void> {
  await apply([...postgresExporter(namespace, databaseSecret), ...X509 === undefined ? [] : certificateExporter(namespace, X509)]);
  for (const name of ['postgres-exporter', ...X509 === undefined ? [] : ['x509-exporter']]) {
    await kubectl(['--namespace', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout', '3m']);
  }
}

function postgresExporter(namespace: string, { name: secret, key }: { readonly name: string; readonly key: string }): object[] {
  const name = 'postgres-exporter';
  return [
    deployment(namespace, name, {
      image: POSTGRES,
      args: ['--web.listen-address=:9187'],
      env: [
        { name: 'DATA_SOURCE_URI', value: `airflow-postgres.${namespace}.svc:5432/airflow?sslmode=disable` },
        { name: 'DATA_SOURCE_USER', value: 'airflow' },
        { name: 'DATA_SOURCE_PASS', valueFrom: { secretKeyRef: { name: secret, key } } },
      ],
      readinessProbe: { httpGet: { path: '/', port: 9187 }, periodSeconds: 1 },
    }),
    scrapedService(namespace, name, 9187),
  ];
}

function certificateExporter(namespace: string, image: string): object[] {
  const name = 'x509-exporter';
  const rbac = (kind: string, rest: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, namespace }, ...rest });
  return [
    rbac('Role', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }] }),
    rbac('RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }, subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    }),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { 'config.yaml': JSON.stringify(watchedSecrets(namespace)) } },
    deployment(namespace, name, {
      image,
      args: ['--config=/etc/x509/config.yaml'],
      readinessProbe: { httpGet: { path: '/metrics', port: 9793 }, periodSeconds: 1 },
      volumeMounts: [{ name: 'config', mountPath: '/etc/x509' }],
    }, [{ name: 'config', configMap: { name } }]),
    scrapedService(namespace, name, 9793),
  ];
}

/** The configuration of x509-certificate-exporter 4, as its chart writes it. */
function watchedSecrets(namespace: string): object {
  const types = [{ type: 'kubernetes.io/tls', keyPatterns: ['^tls\\.crt$'], format: 'pem' }];
  return { server: { listen: ':9793' }, sources: [{ kind: 'kubernetes', name: 'secrets', namespaces: { include: [namespace] }, secrets: { types } }] };
}
