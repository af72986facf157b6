import * as fs from 'fs';
import * as path from 'path';
import { AirflowVersion } from './airflow-version';
import { nearest } from '../kubernetes/nearest';

/** What `data/airflow-config-<series>.json` says of one version. */
interface ConfigTable {
  /** The release that was asked. */
  readonly release: string;
  readonly options: { readonly [section: string]: string[] };
  /** Options that Airflow takes for secrets, by their full names. */
  readonly sensitive: string[];
  readonly renamed: { readonly [option: string]: string };
  readonly removed: { readonly [option: string]: string };
  readonly addedLater: { readonly [option: string]: string };
  /** The versions of the providers in its image. */
  readonly providers: { readonly [name: string]: string };
}

// Sections that Airflow hands on whole, with whatever is in them.
const FREE_SECTIONS = [
  'celery_broker_transport_options', 'celery_result_backend_transport_options', 'elasticsearch_configs', 'opensearch_configs', 'sentry',
];
// Airflow reads `fernet_key_cmd` and `fernet_key_secret` in place of a `fernet_key`.
const INDIRECT = /_(cmd|secret)$/;

const tables = new Map<string, ConfigTable>();

function tableOf(version: AirflowVersion): ConfigTable {
  let table = tables.get(version._tables);
  if (table === undefined) {
    const file = path.join(__dirname, '..', '..', 'data', `airflow-config-${version._tables}.json`);
    table = JSON.parse(fs.readFileSync(file, 'utf8')) as ConfigTable;
    tables.set(version._tables, table);
  }
  return table;
}

/** Whether neither Airflow nor a provider of its image ever had such a section or option: it is a plugin's. */
export function isForeign(version: AirflowVersion, section: string, option: string): boolean {
  const { options, renamed, removed, addedLater } = tableOf(version);
  return options[section] === undefined && [renamed, removed, addedLater].every(names => names[`${section}.${option}`] === undefined);
}

/** The version of a provider in the official image, where the release is one that was asked. */
export function providerVersion(version: AirflowVersion, provider: string): string | undefined {
  const { release, providers } = tableOf(version);
  // A newer Airflow has at least the provider of the newest that is known.
  return release === version.release || version._isUntested ? providers[`apache-airflow-providers-${provider}`] : undefined;
}

/** Whether a table vouches for the option, which of an untested version it need not. */
export function isTabled(version: AirflowVersion, section: string, option: string): boolean {
  const options = tableOf(version).options[section] ?? [];
  return isFree(section) || options.includes(option) || options.includes(option.replace(INDIRECT, ''));
}

/** The options of a section; none where the version has no such section. */
export function optionsOf(version: AirflowVersion, section: string): string[] {
  return tableOf(version).options[section] ?? [];
}

/** Whether Airflow hands the section on whole, to a client that knows its options. */
export function isFree(section: string): boolean {
  return FREE_SECTIONS.includes(section);
}

/** Whether Airflow takes the option's value for a secret. */
export function isSensitive(version: AirflowVersion, section: string, option: string): boolean {
  return tableOf(version).sensitive.includes(`${section}.${option}`);
}

/** What is wrong with an option in this version, or undefined when it exists. */
export function optionProblem(version: AirflowVersion, section: string, option: string): string | undefined {
  const table = tableOf(version);
  // Airflow reads names in lowercase.
  if (isFree(section)) { return /^[a-z0-9_]+$/.test(option) ? undefined : "must be called by lowercase letters, digits and '_'"; }
  if (isTabled(version, section, option)) { return undefined; }
  const name = `${section}.${option}`;
  const unknown = `is not an option of Airflow ${version.series}`;
  if (table.renamed[name] !== undefined) { return `${unknown}: it is now '${table.renamed[name]}'`; }
  if (table.removed[name] !== undefined) { return `${unknown}: it was removed. ${table.removed[name]}`.trim(); }
  if (table.addedLater[name] !== undefined) { return `${unknown}: it exists from ${table.addedLater[name]} on`; }
  // It may have options that no table knows.
  if (version._isUntested) { return undefined; }
  const near = nearest(option, table.options[section] ?? []);
  if (near !== undefined) { return `${unknown}; did you mean '${section}.${near}'?`; }
  if (table.options[section] === undefined) {
    return `${unknown}, which has no section '${section}'; a section of your own plugin goes into 'pods.env' as AIRFLOW__${section.toUpperCase()}__${option.toUpperCase()}`;
  }
  return unknown;
}
