import { Imported, importValues } from '../../../src/cli/import/import-values';
import { printPython } from '../../../src/cli/import/print-python';
import { printTypeScript } from '../../../src/cli/import/print-typescript';
import { parseInput } from '../../../src/cli/import/read-input';

function imported(text: string): Imported { return importValues({ inputs: [parseInput('values.yaml', text)] }); }

function linesOf({ conversion }: Imported, key: string) {
  return conversion.lines.filter(line => line.key === key).map(({ outcome, text }) => `${outcome}: ${text}`);
}

describe('a section of airflow.cfg with a dot in its name', () => {
  test('reaches config', () => {
    const found = imported('config: {common.io: {xcom_objectstorage_path: "s3://aws@bucket/xcoms"}}');
    expect(linesOf(found, 'config.common.io.xcom_objectstorage_path')).toEqual(['prop: config.common.io.xcom_objectstorage_path']);
    expect(found.yaml).toContain('[common.io]\n    xcom_objectstorage_path = s3://aws@bucket/xcoms\n');
  });

  test('reaches config from a variable, which has an underscore in place of the dot', () => {
    const found = imported('env: [{name: AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD, value: "1000"}]');
    expect(linesOf(found, 'env')).toEqual(['prop: config.common.io.xcom_objectstorage_threshold']);
    expect(found.yaml).toContain('[common.io]\n    xcom_objectstorage_threshold = 1000\n');
  });
});

test('the mount of a sidecar keeps subPathExpr and mountPropagation', () => {
  const { yaml } = imported(`
scheduler:
  extraVolumes: [{name: shared, emptyDir: {}}]
  extraContainers:
    - name: side
      image: busybox:1.37
      volumeMounts: [{name: shared, mountPath: /shared, subPathExpr: $(POD_NAME), mountPropagation: HostToContainer}]
`);
  expect(yaml).toMatch(/mountPath: \/shared\n\s+mountPropagation: HostToContainer\n\s+name: shared\n\s+subPathExpr: \$\(POD_NAME\)\n/);
});

test('the comments of PgBouncer reach the program', () => {
  expect(printTypeScript(imported('pgbouncer:\n  enabled: true\n  # for the nights\n  replicas: 2\n').program)).toContain('// for the nights\n    replicas: 2,');
});

test('a claim beside a store of logs is not mounted, and the report says why', () => {
  const found = imported(`
logs: {persistence: {enabled: true, size: 5Gi, storageClassName: nfs}}
config: {logging: {remote_logging: "True", remote_base_log_folder: "s3://logs/airflow", remote_log_conn_id: aws}}
`);
  const why = 'left out: the store has the logs of all tasks that have ended, so that the program mounts no claim beside it; a claim that exists stays';
  for (const knob of ['enabled', 'size', 'storageClassName']) { expect(linesOf(found, `logs.persistence.${knob}`)).toEqual([why]); }
  expect(printTypeScript(found.program)).toContain("logs: TaskLogs.s3({ bucket: 'logs', prefix: 'airflow', connection: AirflowConnection.fromId('aws') })");
});

test('a log folder without remote logging is left out with its reason', () => {
  const found = imported('config: {logging: {remote_logging: "False", remote_base_log_folder: "s3://logs"}}');
  expect(linesOf(found, 'config.logging.remote_base_log_folder')).toEqual([
    "left out: 'logging.remote_logging' is not True, so that Airflow does not read the option",
  ]);
});

describe('more paths of an Ingress', () => {
  const paths = (section: string, path: string) => `
defaultAirflowTag: ${section === 'web' ? '2.11.2' : '3.3.2'}
ingress: {${section}: {enabled: true, hosts: [{name: a.example.com}], precedingPaths: [${path}]}}
`;

  test('that are an action of the AWS controller become an annotation', () => {
    const found = imported(paths('web', '{path: "/*", pathType: ImplementationSpecific, serviceName: ssl-redirect, servicePort: use-annotation}'));
    expect(linesOf(found, 'ingress.web.precedingPaths')).toEqual(["decision: '/*' is an action of the AWS controller; for a redirect to HTTPS set "
      + "the annotation 'alb.ingress.kubernetes.io/ssl-redirect' in webserver.exposure: Exposure.ingress({ annotations }), which needs no path"]);
  });

  test('that lead to another Service are in an Ingress beside that of the UI', () => {
    const found = imported(paths('web', '{path: /docs, pathType: Prefix, serviceName: docs, servicePort: http}'));
    expect(linesOf(found, 'ingress.web.precedingPaths')).toEqual(["prop: '/docs' is in an Ingress of the same hosts beside the library's; copy the "
      + 'annotations that it needs']);
    expect(found.yaml).toContain('name: airflow-web-paths');
  });

  test('that lead to the API server are not needed', () => {
    const found = imported(paths('apiServer', '{path: /api, pathType: Prefix, servicePort: api-server}'));
    expect(linesOf(found, 'ingress.apiServer.precedingPaths')).toEqual(["left out: '/api' leads to the server itself, to which all paths of the "
      + "library's Ingress lead"]);
  });
});

describe('a constant', () => {
  const KEDA = `
executor: CeleryExecutor
data: {metadataSecretName: own-database}
workers: {persistence: {size: 20Gi}, keda: {enabled: true, maxReplicaCount: 4}}
triggerer: {persistence: {size: 20Gi}, keda: {enabled: true, maxReplicaCount: 4}}
`;

  test('holds structs of one type alone, since Python tells these apart', () => {
    const { program } = imported(KEDA);
    expect(printPython(program)).toContain('workers=CeleryWorkersOptions(');
    expect(printPython(program)).toContain('triggerer=TriggererOptions(');
    expect(printTypeScript(program)).not.toContain('triggerer: workers');
  });

  test('has the name that all its places have, and otherwise says what it is', () => {
    const { program } = imported(KEDA);
    expect(printTypeScript(program)).toContain("const connection = SecretKey.of('own-database', 'connection');\n"
      + 'const scaling = Scaling.keda({ maxReplicas: 4, connection });\n');
    const { program: labelled } = imported(`
scheduler: {nodeSelector: {example.com/pool-of-the-team: airflow-nodes}}
triggerer: {podAnnotations: {example.com/pool-of-the-team: airflow-nodes}}
`);
    expect(printTypeScript(labelled)).not.toMatch(/const (nodeSelector|annotations) = /);
  });
});

test('an object as the last argument of a long call has its members on lines of their own, and modes are octal', () => {
  const { program } = imported(`
scheduler:
  extraVolumes: [{name: certificates, secret: {secretName: certificates-of-the-company, defaultMode: 0440}}]
  extraVolumeMounts: [{name: certificates, mountPath: /etc/certificates}]
`);
  expect(printTypeScript(program)).toContain(`(app, 'certificates-volume', certificatesOfTheCompanySecret, {
  name: 'certificates',
  defaultMode: 0o440,
});`);
});
