import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { AirflowVersion, Database, PostgresOptions } from '../../src/index';
import { airflowChart, building, env, find, main, Manifest, mount, pod, synth, synthAirflow, volume } from '../util';

function made(options: PostgresOptions = {}): Manifest[] {
  return synthAirflow({ database: Database.inCluster(options) });
}

test('is one pod behind a Service that has its address', () => {
  const manifest = made();
  const set = find(manifest, 'StatefulSet');
  const service = find(manifest, 'Service', 'postgres');
  expect(set.spec).toMatchObject({ replicas: 1, serviceName: service.metadata.name });
  expect(service.spec).toMatchObject({ clusterIP: 'None', ports: [{ name: 'postgres', port: 5432 }] });
  expect(service.spec.selector).toEqual(set.spec.selector.matchLabels);
  expect(set.spec.template.metadata.labels).toEqual({ ...set.spec.selector.matchLabels, 'app.kubernetes.io/managed-by': 'cdk8s-airflow' });
});

test('has an address inside the cluster', () => {
  const postgres = airflowChart().airflow.postgres!;
  expect(postgres.host).toBe('test-airflow-postgres.airflow.svc');
  expect([postgres.port, postgres.databaseName]).toEqual([5432, 'airflow']);
});

test('reads its password from the Secret of the bootstrap, as a file', () => {
  const manifest = made();
  expect(env(main(manifest, 'postgres'), 'POSTGRES_PASSWORD_FILE')!.value).toBe('/run/secrets/database/password');
  expect(volume(pod(manifest, 'postgres'), 'password')).toEqual(
    { name: 'password', secret: { secretName: 'test-airflow-database', defaultMode: 0o440 } });
  expect(mount(main(manifest, 'postgres'), '/run/secrets/database')).toEqual(
    { name: 'password', mountPath: '/run/secrets/database', readOnly: true });
});

test('has a pod that gives way to a corrected one, Ready or not', () => {
  expect(find(made(), 'StatefulSet', 'postgres').spec.podManagementPolicy).toBe('Parallel');
});

test('runs as the user of its image, without a token', () => {
  const { spec } = pod(made(), 'postgres');
  expect(spec.securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 999, fsGroup: 999 });
  expect(spec.automountServiceAccountToken).toBe(false);
});

test('keeps its data in a folder of its volume', () => {
  const manifest = made();
  expect(mount(main(manifest, 'postgres'), '/var/lib/postgresql/data')).toEqual({ name: 'data', mountPath: '/var/lib/postgresql/data' });
  expect(env(main(manifest, 'postgres'), 'PGDATA')!.value).toBe('/var/lib/postgresql/data/pgdata');
  const [claim] = find(manifest, 'StatefulSet').spec.volumeClaimTemplates;
  expect(claim.metadata.name).toBe('data');
  expect(claim.spec).toEqual({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Gi' } }, volumeMode: 'Filesystem' });
});

test('writes to its data, its socket and /tmp, and nowhere else', () => {
  const written = main(made(), 'postgres').volumeMounts!.filter(({ readOnly }) => !readOnly);
  expect(written).toEqual([
    { name: 'data', mountPath: '/var/lib/postgresql/data' },
    { name: 'scratch', mountPath: '/tmp', subPath: 'tmp' },
    { name: 'scratch', mountPath: '/var/run/postgresql', subPath: 'run' },
  ]);
});

test('has time to start, to recover and to end', () => {
  const { startupProbe, readinessProbe, livenessProbe } = main(made(), 'postgres');
  const asks = ['pg_isready', '--quiet', '--host=127.0.0.1', '--username=airflow'];
  const completes = ['sh', '-c', `(${asks.join(' ')} || exit 1) && rm -f /var/lib/postgresql/data/initializing`];
  expect(startupProbe).toEqual({ exec: { command: completes }, timeoutSeconds: 5, periodSeconds: 1, failureThreshold: 3600 });
  expect(readinessProbe).toEqual({ exec: { command: asks }, timeoutSeconds: 5, periodSeconds: 10, failureThreshold: 3 });
  expect(livenessProbe).toEqual({ exec: { command: asks }, timeoutSeconds: 5, periodSeconds: 30, failureThreshold: 4 });
  expect(pod(made(), 'postgres').spec.terminationGracePeriodSeconds).toBe(120);
});

test('begins anew after a first start that was killed, and leaves complete data alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-postgres-'));
  const { command, startupProbe } = main(made(), 'postgres');
  const inVolume = (script: string) => script.replaceAll('/var/lib/postgresql/data', folder);
  const programs = join(folder, 'bin');
  mkdirSync(programs);
  const program = (name: string, text: string) => writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  program('docker-entrypoint.sh', '[ -e "$PGDATA/PG_VERSION" ] || { mkdir -p "$PGDATA"; echo 17 > "$PGDATA/PG_VERSION"; }; ls "$PGDATA"');
  program('pg_isready', 'true');
  const variables = { PATH: `${programs}:${process.env.PATH}`, PGDATA: join(folder, 'pgdata') };
  const run = (args: string[]) => execFileSync(args[0], args.slice(1).map(inVolume), { env: variables, encoding: 'utf8' });

  expect(run(command!)).toBe('PG_VERSION\n');
  expect(existsSync(join(folder, 'initializing'))).toBe(true);
  writeFileSync(join(folder, 'pgdata', 'half'), '');
  expect(run(command!)).toBe(
    `the first start was ended before it was complete and begins anew; ${folder}/pgdata.incomplete has what it left\nPG_VERSION\n`);
  expect(readdirSync(join(folder, 'pgdata.incomplete'))).toEqual(['PG_VERSION', 'half']);

  run(startupProbe!.exec!.command!);
  writeFileSync(join(folder, 'pgdata', 'tables'), '');
  expect(run(command!)).toBe('PG_VERSION\ntables\n');
});

test('leaves no process with another status than 0 and 1 when the probe at its start is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-airflow-postgres-'));
  writeFileSync(join(folder, 'pg_isready'), '#!/bin/sh\nexit 2\n', { mode: 0o755 });
  const [, , script] = main(made(), 'postgres').startupProbe!.exec!.command!;
  const child = /^\((.*)\) && /.exec(script)![1];
  expect(() => execFileSync('sh', ['-c', child], { env: { PATH: `${folder}:${process.env.PATH}` } })).toThrow(expect.objectContaining({ status: 1 }));
});

test('keeps its volume when it is deleted', () => {
  expect(find(made(), 'StatefulSet').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
});

test('has all its options', () => {
  const all: Required<Omit<PostgresOptions, 'password' | 'exporter' | 'claim' | 'volumeAnnotations' | 'placement'>> = {
    image: 'mirror.example.com/postgres:16.4',
    pullPolicy: kplus.ImagePullPolicy.NEVER,
    volumeSize: Size.gibibytes(50),
    storageClassName: 'ssd',
    deleteWithSet: true,
    resources: { cpu: { request: kplus.Cpu.units(1) }, memory: { request: Size.gibibytes(2), limit: Size.gibibytes(4) } },
  };
  const manifest = made(all);
  const container = main(manifest, 'postgres');
  expect([container.image, container.imagePullPolicy]).toEqual(['mirror.example.com/postgres:16.4', 'Never']);
  expect(container.resources).toEqual({ requests: { cpu: '1', memory: '2Gi' }, limits: { memory: '4Gi' } });
  expect(find(manifest, 'StatefulSet').spec.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Retain' });
  expect(find(manifest, 'StatefulSet').spec.volumeClaimTemplates[0].spec).toEqual(
    { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '50Gi' } }, storageClassName: 'ssd', volumeMode: 'Filesystem' });
});

test('fails with a volume of nothing', () => {
  expect(() => made({ volumeSize: Size.gibibytes(0) })).toThrow(new Error("test/airflow/postgres: 'volumeSize' must be at least 1Mi, got 0Gi"));
});

test('is the same for every version', () => {
  const set = (version: AirflowVersion) => find(synth(airflowChart({ version })), 'StatefulSet');
  expect(set(AirflowVersion.V2_10)).toEqual(set(AirflowVersion.V3_3));
});

test.each(['postgres', 'postgres:latest'])('fails with the image %s, which is not pinned', image => {
  expect(building({ database: Database.inCluster({ image }) })).toThrow(
    new Error(`test/airflow/postgres: 'image' must be an image with a tag other than 'latest' or with a sha256 digest, got '${image}'`));
});
