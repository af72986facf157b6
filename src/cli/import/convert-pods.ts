import { parse } from 'yaml';
import { lifecycle } from './containers';
import { Conversion, secretKeyOf, Undecided } from './conversion';
import { asObject, isObject, Json, JsonObject } from './json';
import { affinity, tolerations, topologySpread } from './placement';
import { lit } from './program';
import { duration, objects, text, textMap } from './scalars';
import { securityContext } from './section';
import { Variables, variableSources } from './variables';
import { volumeMounts } from './volumes';
import { AirflowConfig } from '../../core/airflow-config';
import { isForeign, newNameOf, optionProblem, sectionOf, splitName } from '../../core/config-table';

/** What all pods have in common. */
export function convertPods(conversion: Conversion): void {
  const { values } = conversion;
  conversion.take('nodeSelector', 'pods.nodeSelector', textMap);
  conversion.take('affinity', 'pods.affinity', affinity);
  conversion.take('tolerations', 'pods.tolerations', tolerations);
  conversion.take('topologySpreadConstraints', 'pods.topologySpread', topologySpread);
  conversion.take('schedulerName', 'pods.schedulerName', text);
  conversion.take('airflowPodAnnotations', 'pods.annotations', textMap);
  conversion.take('containerLifecycleHooks', 'pods.lifecycle', lifecycle);
  labels(conversion);
  environment(conversion);
  const volumes = objects(values.given('volumes'));
  conversion.take('volumeMounts', 'pods.volumeMounts', value => volumeMounts(conversion, value, volumes));
  if (values.given('volumes') !== undefined) { conversion.line('volumes', 'prop', 'pods.volumeMounts, each with its volume'); }
  const pods = { builder: conversion.props.builder, label: 'pods.' };
  for (const key of ['securityContext', 'securityContexts.pod', 'securityContexts.containers']) {
    const value = values.given(key);
    if (value !== undefined) { securityContext(conversion, key, value, { builder: podsBuilder(conversion), label: pods.label }); }
  }
  for (const [key, member] of [['uid', 'user'], ['gid', 'fsGroup']] as const) {
    conversion.take(key, `pods.securityContext.${member}`, value => lit(Number(value)));
  }
  logGroomer(conversion);
  objectAnnotations(conversion);
}

/** The keys of the chart that annotate ConfigMaps and Secrets. */
const ANNOTATED = {
  configMaps: ['airflowConfigAnnotations', ...['statsd', 'apiServer', 'webserver'].map(section => `${section}.configMapAnnotations`)],
  secrets: [
    ...['fernetKey', 'api', 'jwt', 'webserver'].map(name => `${name}SecretAnnotations`),
    ...['metadataConnection.secret', 'resultBackendConnectionSecret', 'brokerUrlSecret'].map(name => `data.${name}Annotations`),
    'redis.passwordSecretAnnotations', 'flower.secretAnnotations', 'elasticsearch.secretAnnotations', 'pgbouncer.configSecretAnnotations',
    'pgbouncer.certificatesSecretAnnotations', 'pgbouncer.metricsExporterSidecar.statsSecretAnnotations',
  ],
};

/** The library has the same annotations for all objects of a kind. */
function objectAnnotations(conversion: Conversion): void {
  for (const [kind, keys] of Object.entries(ANNOTATED)) {
    const all: { [name: string]: Json } = {};
    for (const key of keys) {
      const given = mapOf(conversion.values.given(key));
      const other = Object.keys(given).find(name => all[name] !== undefined && all[name] !== given[name]);
      if (Object.keys(given).length === 0) { continue; }
      if (other !== undefined) {
        const why = `'${other}' has another value on another object, but pods.objects.${kind}.annotations are those of all of them`;
        conversion.line(key, 'decision', why);
        continue;
      }
      Object.assign(all, given);
      conversion.line(key, 'prop', `pods.objects.${kind}.annotations, which all of them get`);
    }
    if (Object.keys(all).length > 0) { conversion.props.builder.put(`pods.objects.${kind}.annotations`, textMap(all, '')!); }
  }
}

/** A builder that puts below `pods`. */
function podsBuilder(conversion: Conversion): Conversion['props']['builder'] {
  const { builder } = conversion.props;
  return { put: (path: string, ...rest: [never]) => builder.put(`pods.${path}`, ...rest) } as unknown as typeof builder;
}

/** The chart puts its labels on objects and on pods. */
function labels(conversion: Conversion): void {
  const given = conversion.values.given('labels');
  if (given === undefined) { return; }
  conversion.take('labels', 'labels', textMap);
  conversion.take('labels', 'pods.labels', textMap);
}

/** Variables that a prop of their own decides. */
const DECIDED = new RegExp('^AIRFLOW__(CELERY__(BROKER_URL|RESULT_BACKEND)|(DATABASE|CORE)__SQL_ALCHEMY_CONN|CORE__FERNET_KEY'
  + '|(WEBSERVER|API)__SECRET_KEY|API_AUTH__JWT_SECRET)(_CMD|_SECRET)?$');

/** `env`, `secret`, `extraEnv` and `extraEnvFrom`. What a prop decides, and options of airflow.cfg, go their own ways. */
function environment(conversion: Conversion): void {
  for (const key of ['env', 'extraEnv', 'secret']) {
    const value = conversion.values.given(key);
    if (value === undefined) { continue; }
    conversion.attempt(key, () => {
      const items = key === 'secret' ? objects(value).map(reference) : parsed(value, key);
      const left = items.filter(item => !decided(conversion, item, key) && !asOption(conversion, item, key));
      const kept = left.map(item => renamed(conversion, item, key)).filter(item => item !== undefined);
      conversion.environment.push(...kept.map(item => ({ key, item })));
      if (kept.length > 0) { conversion.line(key, 'prop', 'pods.env'); }
      if (items.length === 0) { conversion.line(key, 'default', 'there is no variable in it'); }
    });
  }
  conversion.take('extraEnvFrom', 'pods.envFrom', value => variableSources(conversion, parsed(value, 'extraEnvFrom')));
}

/** Puts the variables of all pods into the program, when all who had something to say about them have done so. */
export function putEnvironment(conversion: Conversion): void {
  const variables = new Variables(conversion);
  for (const { key, item } of conversion.environment) { conversion.attempt(key, () => variables.add([item], key)); }
  const built = variables.build();
  if (built !== undefined) {
    conversion.props.builder.put(
      'pods.env',
      built,
      ['env', 'extraEnv', 'secret'].flatMap(key => conversion.commentsOf(key)),
    );
  }
}

function reference({ envName, secretName, secretKey }: JsonObject): JsonObject {
  return { name: envName, valueFrom: { secretKeyRef: { name: secretName, key: secretKey ?? 'value' } } };
}

/** Keeps a variable for the prop that decides it. */
function decided(conversion: Conversion, { name, value, valueFrom }: JsonObject, key: string): boolean {
  const variable = String(name);
  if (variable === 'AIRFLOW_CONN_AIRFLOW_DB') {
    conversion.line(key, 'left out', `'${variable}': no component of the library needs it`);
    return true;
  }
  if (!DECIDED.test(variable)) { return false; }
  const { secretKeyRef } = asObject(valueFrom);
  if (isObject(secretKeyRef)) {
    conversion.references.set(variable, secretKeyOf(String(secretKeyRef.name), String(secretKeyRef.key)));
  } else if (/_(CMD|SECRET)$/.test(variable) && !variable.endsWith('JWT_SECRET')) {
    conversion.references.set(variable, lit(String(value)));
  } else {
    conversion.references.set(variable, conversion.secret(key, 'env', variable, `the value of '${variable}'`));
  }
  conversion.line(key, 'prop', `${variable}: the prop that decides it`);
  return true;
}

/** A list, or a text of YAML with a list. */
function parsed(value: Json, key: string): JsonObject[] {
  if (typeof value !== 'string') { return objects(value); }
  if (value.includes('{{')) { throw new Undecided(`'${key}' has a template of Helm that only Helm can fill in; write what it gives`); }
  const list = parse(value, { version: '1.1' }) as Json;
  if (list !== null && !Array.isArray(list)) { throw new Undecided(`'${key}' must be a list in YAML`); }
  return objects(list ?? []);
}

/** Variables that the library refuses, each with its reason, and variables with an old name. */
function renamed(conversion: Conversion, item: JsonObject, key: string): JsonObject | undefined {
  const variable = String(item.name);
  if (variable === '_PIP_ADDITIONAL_REQUIREMENTS') {
    conversion.line(key, 'decision', `'${variable}' installs packages at each start of a pod; `
      + 'put them into an image, and set image to it');
    return undefined;
  }
  const option = optionOf(conversion, variable);
  if (option === undefined) { return item; }
  const { version } = conversion;
  const now = newNameOf(version, option);
  const problem = optionProblem(version, ...splitName(now ?? option));
  if (problem === undefined) { return now === undefined ? item : { ...item, name: AirflowConfig.variableName(...splitName(now)) }; }
  if (isForeign(version, ...splitName(option))) { return item; }
  conversion.line(key, 'left out', `'${variable}': ${problem}`);
  return undefined;
}

/** An option of airflow.cfg in a variable is better in `config`, where the library checks it. */
function asOption(conversion: Conversion, { name, value, valueFrom }: JsonObject, key: string): boolean {
  const option = optionOf(conversion, String(name));
  if (option === undefined || valueFrom !== undefined) { return false; }
  conversion.options.set(option, key, String(value ?? ''));
  return true;
}

/** The option of airflow.cfg whose value a variable has. One that ends in `_CMD` or `_SECRET` says only where the value comes from. */
function optionOf({ version }: Conversion, variable: string): string | undefined {
  const [, section, option] = /^AIRFLOW__(.+?)__(.+)$/.exec(variable)?.map(part => part.toLowerCase()) ?? [];
  return section === undefined || /_(cmd|secret)$/.test(option) ? undefined : `${sectionOf(version, section)}.${option}`;
}

/** The chart has one groomer for each component, the library one rule for all. */
function logGroomer(conversion: Conversion): void {
  const { values } = conversion;
  const sections = ['scheduler', 'triggerer', 'dagProcessor', 'workers.celery', 'workers'].map(section => `${section}.logGroomerSidecar`);
  const given = (knob: string) => sections.map(section => `${section}.${knob}`).filter(key => values.given(key) !== undefined);
  const [off, days] = [given('enabled').filter(key => values.given(key) === false), given('retentionDays')];
  const most = Math.max(0, ...days.map(key => Number(values.given(key))));
  if (most > 0) { conversion.props.builder.put('pods.logGroomer.maxAge', duration(most * 86_400)); }
  for (const key of days) { conversion.line(key, 'prop', 'pods.logGroomer.maxAge, the longest of all components'); }
  if (off.length > 0 && days.length === 0) { conversion.props.builder.put('pods.logGroomer.enabled', lit(false)); }
  for (const key of off) {
    conversion.line(
      key,
      days.length === 0 ? 'prop' : 'left out',
      days.length === 0 ? 'pods.logGroomer.enabled, for all components'
        : 'other components keep their groomer, and one rule holds for all',
    );
  }
}

/** The entries of a map, or of a text of YAML with a map. */
export function mapOf(value: Json | undefined): JsonObject {
  const found = typeof value === 'string' && !value.includes('{{') ? parse(value, { version: '1.1' }) as Json : value;
  return asObject(found);
}

export { parsed as parsedList };
