import { apply, kubectl } from './kubectl';
import { deployment, scrapedService } from './prometheus';

/** Without it, nothing watches certificates. */
const IMAGE = process.env.E2E_X509_EXPORTER_IMAGE;

/** Starts the exporter of the certificates in Secrets, which the user of an Airflow runs beside it. */
export async function startCertificateExporter(namespace: string): Promise<void> {
  if (IMAGE === undefined) { return; }
  await apply(certificateExporter(namespace, IMAGE));
  await kubectl(['--namespace', namespace, 'rollout', 'status', 'deployment/x509-exporter', '--timeout', '3m']);
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
