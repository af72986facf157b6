import { Conversion, Undecided } from './conversion';
import { call, Expr, lit, Maybe, struct } from './program';
import { size, text, textMap } from './scalars';
import { StructBuilder } from './struct-builder';

/** Where the logs of tasks are kept. */
export function convertLogs(conversion: Conversion): void {
  conversion.attempt('logs', () => {
    const remote = searchLogs(conversion) ?? remoteLogs(conversion);
    if (remote !== undefined) { claimBeside(conversion); }
    const store = remote ?? claimLogs(conversion);
    if (store !== undefined) {
      conversion.props.builder.put(
        'logs',
        store,
        ['logs', 'logs.persistence', 'config.logging'].flatMap(key => conversion.commentsOf(key)),
      );
    }
  });
}

function claimLogs(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  if (values.effective('logs.persistence.enabled') !== true) { return undefined; }
  const builder = new StructBuilder();
  const target = { builder, label: 'logs: TaskLogs.' };
  conversion.line('logs.persistence.enabled', 'prop', 'logs: a claim');
  conversion.take('logs.persistence.subPath', 'subPath', text, target);
  const existing = values.given('logs.persistence.existingClaim');
  if (existing !== undefined && existing !== '') {
    conversion.line('logs.persistence.existingClaim', 'prop', 'logs: TaskLogs.fromClaim()');
    if (values.given('logs.persistence.annotations') !== undefined) {
      conversion.line('logs.persistence.annotations', 'left out', 'the claim exists');
    }
    return call(
      'TaskLogs.fromClaim',
      conversion.existing('PersistentVolumeClaim', String(existing)),
      builder.isEmpty ? undefined : builder.build('ClaimLogsOptions'),
    );
  }
  builder.put('size', size(values.effective('logs.persistence.size')!, '')!);
  if (values.given('logs.persistence.size') !== undefined) {
    conversion.line('logs.persistence.size', 'prop', 'logs: TaskLogs.newClaim({ size })');
  }
  conversion.take('logs.persistence.storageClassName', 'storageClassName', text, target);
  conversion.take('logs.persistence.annotations', 'annotations', textMap, target);
  return call('TaskLogs.newClaim', builder.build('NewClaimLogsOptions'));
}

/** A log goes to the store when its task ends, and until then the pod of the task has it. */
function claimBeside(conversion: Conversion): void {
  const { values } = conversion;
  const keys = ['enabled', 'size', 'storageClassName', 'existingClaim', 'subPath', 'annotations'].map(knob => `logs.persistence.${knob}`);
  if (values.effective(keys[0]) !== true) { return; }
  for (const key of keys.filter(other => values.given(other) !== undefined)) {
    conversion.line(key, 'left out', 'the store has the logs of all tasks that have ended, so that the program mounts no claim beside '
      + 'it; a claim that exists stays');
  }
}

const OPTIONS = ['remote_logging', 'remote_base_log_folder', 'remote_log_conn_id', 'encrypt_s3_logs'];

function remoteLogs(conversion: Conversion): Maybe<Expr> {
  const taken = new Map(
    ['logging', 'core']
      .flatMap(section => OPTIONS.map(option => [option, conversion.options.take(`${section}.${option}`)] as const))
      .filter(([, found]) => found !== undefined),
  );
  const of = (option: string) => taken.get(option)?.value;
  const keys = [...taken.values()].map(found => found!.key);
  const say = (outcome: 'prop' | 'decision', what: string) => { for (const key of keys) { conversion.line(key, outcome, what); } };
  if (!/^(true|1|yes|on|t)$/i.test(of('remote_logging') ?? '')) {
    for (const [option, found] of taken) {
      if (option === 'remote_logging') {
        conversion.line(found!.key, 'default', 'no logs elsewhere, which is the default');
      } else { conversion.line(found!.key, 'left out', "'logging.remote_logging' is not True, so that Airflow does not read the option"); }
    }
    return undefined;
  }
  const folder = of('remote_base_log_folder') ?? '';
  const connection =
    of('remote_log_conn_id') === undefined || of('remote_log_conn_id') === ''
      ? undefined
      : call('AirflowConnection.fromId', lit(of('remote_log_conn_id')!));
  const [, scheme, bucket, prefix] = /^(\w+):\/\/([^/]+)\/?(.*?)\/?$/.exec(folder) ?? [];
  const place = { bucket: lit(bucket ?? ''), prefix: prefix === undefined || prefix === '' ? undefined : lit(prefix) };
  const encrypt = /^true$/i.test(of('encrypt_s3_logs') ?? '') ? lit(true) : undefined;
  switch (scheme) {
    case 's3': say('prop', 'logs: TaskLogs.s3()'); return call('TaskLogs.s3', struct('S3LogsOptions', { ...place, encrypt, connection }));
    case 'gs': say('prop', 'logs: TaskLogs.gcs()'); return call('TaskLogs.gcs', struct('GcsLogsOptions', { ...place, connection }));
    case 'cloudwatch': say('prop', 'logs: TaskLogs.cloudWatch()');
      return call(
        'TaskLogs.cloudWatch',
        struct('CloudWatchLogsOptions', { logGroupArn: lit(folder.replace('cloudwatch://', '')), connection }),
      );
    default: return azureLogs(conversion, folder, connection, say);
  }
}

function azureLogs(
  conversion: Conversion, folder: string, connection: Maybe<Expr>, say: (outcome: 'prop' | 'decision', what: string) => void,
): Maybe<Expr> {
  const container = conversion.options.take('azure_remote_logging.remote_wasb_log_container');
  if (!/wasb/.test(folder)) {
    say('decision', `the log folder '${folder}' is none of a store that has a prop; set TaskLogs.s3(), gcs(), azureBlob(), `
      + 'cloudWatch(), elasticsearch() or openSearch()');
    return undefined;
  }
  say('prop', 'logs: TaskLogs.azureBlob()');
  if (container !== undefined) { conversion.line(container.key, 'prop', 'logs: TaskLogs.azureBlob({ container })'); }
  const prefix = folder.replace(/^wasb:\/\//, '').replace(/^[^/]*@[^/]*/, '').replace(/^\/+|\/+$/g, '');
  return call(
    'TaskLogs.azureBlob',
    struct('AzureBlobLogsOptions', {
      container: lit(container?.value ?? 'airflow-logs'),
      prefix: prefix === '' ? undefined : lit(prefix),
      connection,
    }),
  );
}

function searchLogs(conversion: Conversion): Maybe<Expr> {
  const { values } = conversion;
  const section = ['elasticsearch', 'opensearch'].find(other => values.effective(`${other}.enabled`) === true);
  if (section === undefined) { return undefined; }
  const at = (knob: string) => `${section}.connection.${knob}`;
  const given = (knob: string) => values.given(at(knob));
  const factory = `TaskLogs.${section === 'opensearch' ? 'openSearch' : 'elasticsearch'}`;
  conversion.line(`${section}.enabled`, 'prop', `logs: ${factory}()`);
  if (values.given(`${section}.secretName`) !== undefined) {
    throw new Undecided(`the Secret '${String(values.given(`${section}.secretName`))}' has the URL with the login in it; set logs: `
      + `${factory}({ url, username, password }) with the password alone from a Secret`);
  }
  for (const knob of ['scheme', 'host', 'port', 'user'].filter(other => given(other) !== undefined)) {
    conversion.line(at(knob), 'prop', `logs: ${factory}()`);
  }
  const password =
    given('pass') === undefined
      ? undefined
      : conversion.secret(at('pass'), 'logs', 'password', `the text of '${at('pass')}'`);
  conversion.options.take('logging.remote_logging');
  return call(factory, struct('SearchLogsOptions', {
    url: lit(`${String(given('scheme') ?? 'http')}://${String(given('host') ?? section)}:${String(given('port') ?? 9200)}`),
    username: given('user') === undefined ? undefined : lit(String(given('user'))),
    password,
  }));
}

/** The Kerberos login of the workers. */
export function convertKerberos(conversion: Conversion): void {
  const { values } = conversion;
  if (values.effective('kerberos.enabled') !== true) { return; }
  const keytab = conversion.secret('kerberos.keytabBase64Content', 'kerberos-keytab', 'kerberos.keytab', 'the keytab');
  const krb5 = values.given('kerberos.config');
  const frequency = values.given('kerberos.reinitFrequency');
  conversion.props.builder.put('pods.kerberos', struct('KerberosOptions', {
    principal: lit(String(values.effective('kerberos.principal'))),
    keytab,
    krb5Config: krb5 === undefined ? undefined : call('Krb5Config.fromText', lit(String(krb5))),
    reinitFrequency: frequency === undefined ? undefined : call('Duration.seconds', lit(Number(frequency))),
  }));
  for (const knob of ['enabled', 'principal', 'config', 'reinitFrequency'].filter(
    other => values.given(`kerberos.${other}`) !== undefined,
  )) {
    conversion.line(`kerberos.${knob}`, 'prop', 'pods.kerberos');
  }
}

