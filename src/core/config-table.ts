import * as fs from 'fs';
import * as path from 'path';
import { AirflowVersion } from './airflow-version';
import { nearest } from '../kubernetes/nearest';

/** The content of `data/airflow-config-<series>.json` for one version. */
interface ConfigTable {
  /** The release from which the table was read. */
  readonly release: string;
  readonly options: { readonly [section: string]: string[] };
  /** The full names of the options that Airflow lists as sensitive. */
  readonly sensitive: string[];
  readonly renamed: { readonly [option: string]: string };
  readonly removed: { readonly [option: string]: string };
  readonly addedLater: { readonly [option: string]: string };
  /** The versions of the providers in the official image. */
  readonly providers: { readonly [name: string]: string };
}

// Airflow passes these sections unchecked, with all their options, to a client.
const FREE_SECTIONS = [
  'celery_broker_transport_options', 'celery_result_backend_transport_options', 'elasticsearch_configs', 'opensearch_configs', 'sentry',
];
// Airflow can read `fernet_key_cmd` or `fernet_key_secret` instead of `fernet_key`.
const INDIRECT = /_(cmd|secret)$/;

const tables = new Map<string, ConfigTable>();

function tableOf(version: AirflowVersion): ConfigTable {
  let table = tables.get(version.knownSeries);
  if (table === undefined) {
    const file = path.join(__dirname, '..', '..', 'data', `airflow-config-${version.knownSeries}.json`);
    table = JSON.parse(fs.readFileSync(file, 'utf8')) as ConfigTable;
    tables.set(version.knownSeries, table);
  }
  return table;
}

/** Whether the section or option belongs to a plugin, because no version of Airflow or of a provider in its image ever had it. */
export function isForeign(version: AirflowVersion, section: string, option: string): boolean {
  const { options, renamed, removed, addedLater } = tableOf(version);
  return options[section] === undefined && [renamed, removed, addedLater].every(names => names[`${section}.${option}`] === undefined);
}

/** The version of a provider in the official image; undefined if no table was read from this release. */
export function providerVersion(version: AirflowVersion, provider: string): string | undefined {
  const { release, providers } = tableOf(version);
  // An untested, newer Airflow has at least the provider version of the newest known release.
  return release === version.release || version._isUntested ? providers[`apache-airflow-providers-${provider}`] : undefined;
}

/** Whether a table lists the option. For an untested version it need not. */
export function isTabled(version: AirflowVersion, section: string, option: string): boolean {
  const options = tableOf(version).options[section] ?? [];
  return isFree(section) || options.includes(option) || options.includes(option.replace(INDIRECT, ''));
}

/** The options of a section; empty if the version has no such section. */
export function optionsOf(version: AirflowVersion, section: string): string[] {
  return tableOf(version).options[section] ?? [];
}

/** The name of the environment variable that sets an option. Airflow writes the dot of a section such as `common.io` as an underscore. */
export function variableName(section: string, option: string): string {
  return `AIRFLOW__${section.replace(/\./g, '_').toUpperCase()}__${option.toUpperCase()}`;
}

/** Whether Airflow passes the section unchecked to a client that knows its options. */
export function isFree(section: string): boolean {
  return FREE_SECTIONS.includes(section);
}

/** Whether Airflow lists the option as sensitive. */
export function isSensitive(version: AirflowVersion, section: string, option: string): boolean {
  return tableOf(version).sensitive.includes(`${section}.${option}`);
}

/** Tells what is wrong with an option in this version; undefined if the option exists. */
export function optionProblem(version: AirflowVersion, section: string, option: string): string | undefined {
  const table = tableOf(version);
  // Airflow converts option names to lowercase.
  if (isFree(section)) { return /^[a-z0-9_]+$/.test(option) ? undefined : "must be called by lowercase letters, digits and '_'"; }
  if (isTabled(version, section, option)) { return undefined; }
  const name = `${section}.${option}`;
  const unknown = `is not an option of Airflow ${version.series}`;
  if (table.renamed[name] !== undefined) { return `${unknown}: it is now '${table.renamed[name]}'`; }
  if (table.removed[name] !== undefined) { return `${unknown}: it was removed. ${table.removed[name]}`.trim(); }
  if (table.addedLater[name] !== undefined) { return `${unknown}: it exists from ${table.addedLater[name]} on`; }
  // An untested version may have options that no table lists.
  if (version._isUntested) { return undefined; }
  const near = nearest(option, table.options[section] ?? []);
  if (near !== undefined) { return `${unknown}; did you mean '${section}.${near}'?`; }
  if (table.options[section] === undefined) {
    return `${unknown}, which has no section '${section}'; a section of your own plugin goes into 'pods.env' as `
      + variableName(section, option);
  }
  return unknown;
}

/** The section and the option of a full name. The name of a section can contain a dot: `providers.odbc`. */
export function splitName(name: string): [section: string, option: string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

/**
 * The section that an environment variable names: one of the version or of `others`. Airflow writes the dot of `common.io` as an
 * underscore.
 */
export function sectionOf(version: AirflowVersion, part: string, others: string[] = []): string {
  return [...Object.keys(tableOf(version).options), ...others].find(section => section.replace(/\./g, '_') === part) ?? part;
}

/** The name that the version has for a renamed option; undefined if the option is not renamed. */
export function newNameOf(version: AirflowVersion, name: string): string | undefined {
  const { renamed } = tableOf(version);
  return name in renamed && renamed[name] !== name ? newNameOf(version, renamed[name]) ?? renamed[name] : undefined;
}
