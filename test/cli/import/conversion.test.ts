import { Imported, importValues } from '../../../src/cli/import/import-values';
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
