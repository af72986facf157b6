import { Conversion, secretKeyOf, Target, Undecided } from './conversion';
import { imageText } from './convert-image';
import { affinity, tolerations } from './placement';
import { call, Expr, lit, Maybe, name, someStruct } from './program';
import { flag, number, pullPolicy, resources, size, text, textMap } from './scalars';
import { StructBuilder } from './struct-builder';

/** The Redis that the library runs as the broker. */
export function convertRedis(conversion: Conversion): Maybe<Expr> {
  const builder = new StructBuilder();
  const target = { builder, label: 'executor: Executor.celery({ broker: Broker.redis() }).' };
  image(conversion, 'redis', builder);
  conversion.take('images.redis.pullPolicy', 'pullPolicy', pullPolicy, target);
  conversion.take('redis.persistence.enabled', 'persistent', flag, target);
  conversion.take('redis.persistence.size', 'volumeSize', size, target);
  conversion.take('redis.persistence.storageClassName', 'storageClassName', text, target);
  conversion.take(
    'redis.persistence.persistentVolumeClaimRetentionPolicy.whenDeleted',
    'deleteWithSet',
    value => lit(value === 'Delete'),
    target,
  );
  conversion.take('redis.resources', 'resources', resources, target);
  conversion.take('redis.persistence.annotations', 'volumeAnnotations', textMap, target);
  conversion.take(
    'redis.persistence.existingClaim',
    'claim',
    value => conversion.existing('PersistentVolumeClaim', String(value)),
    target,
  );
  conversion.take('redis.passwordSecretName', 'password', value => secretKeyOf(String(value), 'password'), target);
  placement(conversion, 'redis', target);
  if (conversion.values.effective('redis.enabled') === false) {
    conversion.attempt('redis.enabled', () => {
      throw new Undecided('the broker runs elsewhere, but the values do not name it; set Broker.fromSecret() with its URL');
    });
  }
  return builder.isEmpty ? undefined : call('Broker.redis', builder.build('RedisOptions'));
}

/** The nodes of a part. */
function placement(conversion: Conversion, section: string, target: Target): void {
  conversion.take(`${section}.nodeSelector`, 'placement.nodeSelector', textMap, target);
  conversion.take(`${section}.affinity`, 'placement.affinity', affinity, target);
  conversion.take(`${section}.tolerations`, 'placement.tolerations', tolerations, target);
  conversion.take(`${section}.priorityClassName`, 'placement.priorityClassName', text, target);
}

/** Puts the image of a part into its options. */
export function image(conversion: Conversion, section: string, builder: StructBuilder, prop = 'image'): void {
  const found = imageText(conversion, section);
  if (found === undefined) { return; }
  builder.put(prop, lit(found.text));
  for (const key of found.keys) { conversion.line(key, 'prop', `${prop} of ${section}`); }
}

/** PgBouncer in front of the database. */
export function convertPgBouncer(conversion: Conversion): void {
  const { values } = conversion;
  if (values.effective('pgbouncer.enabled') !== true) { return; }
  const builder = new StructBuilder();
  const target = { builder, label: 'pgBouncer.' };
  conversion.take('pgbouncer.replicas', 'replicas', number, target);
  conversion.take('pgbouncer.metadataPoolSize', 'poolSize', number, target);
  conversion.take('pgbouncer.resultBackendPoolSize', 'resultsPoolSize', number, target);
  conversion.take('pgbouncer.resources', 'resources', resources, target);
  conversion.take('pgbouncer.metricsExporterSidecar.resources', 'exporter.resources', resources, target);
  image(conversion, 'pgbouncer', builder);
  image(conversion, 'pgbouncerExporter', builder, 'exporter.image');
  conversion.take('images.pgbouncer.pullPolicy', 'pullPolicy', pullPolicy, target);
  conversion.take('images.pgbouncerExporter.pullPolicy', 'exporter.pullPolicy', pullPolicy, target);
  placement(conversion, 'pgbouncer', target);
  conversion.take('pgbouncer.maxClientConn', 'maxConnections', () => undefined, target);
  if (values.given('pgbouncer.maxClientConn') !== undefined) {
    conversion.line('pgbouncer.maxClientConn', 'better', 'the library computes how many clients there are');
  }
  conversion.props.builder.put('pgBouncer', builder.build('PgBouncerOptions'), conversion.commentsOf('pgbouncer'));
  conversion.line('pgbouncer.enabled', 'prop', 'pgBouncer');
}

/** The Postgres that the library runs. */
export function inClusterDatabase(conversion: Conversion): Maybe<Expr> {
  const builder = new StructBuilder();
  const target = { builder, label: 'database: Database.inCluster().' };
  conversion.take('postgresql.primary.persistence.size', 'volumeSize', size, target);
  conversion.take('postgresql.primary.persistence.storageClass', 'storageClassName', text, target);
  conversion.take('postgresql.primary.resources', 'resources', resources, target);
  conversion.take('postgresql.persistence.size', 'volumeSize', size, target);
  conversion.take('postgresql.persistence.storageClass', 'storageClassName', text, target);
  return builder.isEmpty ? undefined : call('Database.inCluster', builder.build('PostgresOptions'));
}

/** TLS to a database, by the mode of libpq. */
export function sslMode(mode: string): Maybe<Expr> {
  const member = { 'require': 'REQUIRE', 'verify-ca': 'VERIFY_CA', 'verify-full': 'VERIFY_FULL' }[mode];
  return member === undefined ? undefined : someStruct('PostgresTlsOptions', { mode: name(`PostgresSslMode.${member}`) });
}
