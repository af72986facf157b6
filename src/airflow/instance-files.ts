import { Construct } from 'constructs';
import { AirflowProps } from './airflow-props';
import { AuthConfig } from '../auth/auth-config';
import { ComponentTls, HTTPS_PROBE } from '../components/server-tls';
import { WebComponent } from '../components/web-component';
import { sessionPath } from '../core/base-url';
import { BindContext } from '../core/bind-context';
import { script } from '../core/scripts';
import { holdsPassword } from '../core/secret-names';
import type { ConfigMapNames } from '../instance/instance';
import { RENEWER } from '../instance/kerberos-renewer';
import { checksum } from '../kubernetes/checksum';
import { IpFamily } from '../kubernetes/ip-family';
import { failure } from '../kubernetes/validate';
import { KeysConfig } from '../secrets/keys';

const SCRIPTS = [
  'bootstrap_secrets.py',
  'database_token.py',
  'database_url.py',
  'downgrade.py',
  'groom_logs.py',
  'heartbeat.py',
  'metadata_db.py',
  'migrate.py',
  'sync_users.py',
  'wait_for_database.py',
];

/** The part of the local settings that follows the files of a certificate. */
const TLS_FILES = 'tls_files.py';
const HEADERS = 'response_headers.py';
/** The part of the local settings that lets collectors read what Airflow 2 sends by OpenTelemetry. */
const CONTENT_TYPE = 'otlp_content_type.py';

type Files = { [name: string]: string };

/** The files that every Airflow container mounts. */
export interface InstanceFiles {
  readonly configMaps: ConfigMapNames;
  /** The hash of the files that the containers read when they start. */
  readonly checksum: () => string;
}

/** The texts that the choices contribute to the files. */
export interface InstanceTexts {
  /** Whether the containers need the script for Celery's heartbeat. */
  readonly celery: boolean;
  /** Whether a Job encrypts with another Fernet key. */
  readonly keys: Pick<KeysConfig, 'rotatesFernetKey'>;
  /** `webserver_config.py`, the files beside it, and the scripts that it imports. */
  readonly auth: Pick<AuthConfig, 'webserverConfig' | 'files' | 'scripts'>;
  readonly taskPodModule: () => Files;
  /** The Pod Security level of each namespace, read at synthesis. */
  readonly podLevels: ReadonlyMap<string, string>;
}

/** Creates the ConfigMaps. Their texts are computed at synthesis, so options and task pods may be added until then. */
export function createFiles(context: BindContext, props: AirflowProps, texts: InstanceTexts): InstanceFiles {
  const { celery, keys: { rotatesFernetKey }, auth: { webserverConfig, files, scripts = [] }, taskPodModule, podLevels } = texts;
  checkTexts(context, { localSettings: props.localSettings, webserverConfig });
  const cookies = sessionPath(context.version, context._url);
  const flask = [webserverConfig, cookies].filter(text => text !== '').join('\n');
  const config = (): Files => ({ 'airflow.cfg': context.config.toCfg(), 'webserver_config.py': flask, ...files });
  const apiServer = context.version.isAirflow3 ? ['drain.py', 'execution_guard.py'] : [];
  const localSettings = () => ({
    ...localSettingsOf(props, podLevels),
    ...Object.fromEntries(apiServer.map(name => [name, script(name)])),
    [HEADERS]: script(HEADERS),
    ...props.telemetry !== undefined && !context.version.isAirflow3 && { [CONTENT_TYPE]: script(CONTENT_TYPE) },
    ...servers(context).length > 0 && { [TLS_FILES]: script(TLS_FILES) },
  });
  const optional = {
    'celery_heartbeat.py': celery,
    'rotate_fernet_key.py': rotatesFernetKey,
    'pgbouncer_config.py': props.pgBouncer,
    'check_dags.py': props.jobs?.checkDags,
    [RENEWER]: props.pods?.kerberos,
  };
  const names = [...SCRIPTS, ...scripts, ...Object.entries(optional).flatMap(([name, wanted]) => (wanted ? [name] : []))];
  const create = (id: string, data: () => Files) => context._configMaps.create(id, data).name;
  return {
    configMaps: {
      config: create('config', config),
      localSettings: create('local-settings', localSettings),
      taskPods: create('task-pod-module', taskPodModule),
      scripts: create('scripts', () => Object.fromEntries(
        [...names, ...hasMutualTls(context) ? [HTTPS_PROBE] : [], ...scriptsOfMembers(context)].map(name => [name, script(name)]))),
    },
    checksum: () => checksum([config(), localSettings()]),
  };
}

/**
 * Throws for a password in Python code, because everyone can read a ConfigMap. `{name}`, `%s` and `$NAME` are allowed, since Python fills
 * them in when it runs.
 */
function checkTexts(scope: Construct, texts: { [prop: string]: string | undefined }): void {
  for (const [prop, text] of Object.entries(texts)) {
    const code = text?.replace(/^\s*#.*$/gm, '');
    if (holdsPassword(code, /\{[^{}\n]*\}|%(\(\w+\))?[rs]|\$(\w+|\{\w+\})/g)) {
      throw failure(
        scope,
        `'${prop}' would put a password into a ConfigMap; give the pods a variable from a Secret in 'pods.env', and read it there`,
      );
    }
  }
}

function localSettingsOf({ localSettings, pods }: AirflowProps, podLevels: ReadonlyMap<string, string>): Files {
  const levels = Object.fromEntries([...podLevels].filter(([, level]) => level !== 'restricted').sort());
  const text = script('airflow_local_settings.py').replace('LEVELS = {}', `LEVELS = ${JSON.stringify(levels)}`);
  // A namespace that assigns the user of each pod refuses every other user.
  const settings = pods?.securityContext?.userFromNamespace ? text.replace('XCOM_SIDECAR_USER = 65534', 'XCOM_SIDECAR_USER = None') : text;
  return {
    '__init__.py': settings,
    ...(localSettings === undefined ? {} : { 'user_settings.py': localSettings }),
    ...(pods?.ipFamily === IpFamily.IPV6 ? { 'ipv6.py': script('ipv6.py') } : {}),
  };
}

/** The components that have a certificate; at synthesis, because your own code may construct more of them. */
function servers({ _registry: registry }: BindContext): ComponentTls[] {
  return registry.members.flatMap(({ scope }) => (scope instanceof WebComponent ? scope._tls ?? [] : []));
}

/** The scripts of what is added later, so that no other Airflow has them. */
function scriptsOfMembers({ _registry: registry }: BindContext): string[] {
  return [...new Set(registry.members.flatMap(({ scripts }) => scripts ?? []))];
}

function hasMutualTls(context: BindContext): boolean {
  return servers(context).some(({ mutual }) => mutual);
}
