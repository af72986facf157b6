import { App } from 'cdk8s';
import { Conversion } from './conversion';
import { isObject } from './json';
import { dict, Dict, lit } from './program';
import { AirflowConfig } from '../../core/airflow-config';
import { isForeign, isSensitive, newNameOf, optionProblem, splitName } from '../../core/config-table';
import { hasSecret, holdsSecret, isCredential } from '../../core/secret-names';
import type { AirflowChart, AirflowVersion } from '../../index';

/** Reads `config` of the values, whose options other converters may take. */
export function readConfig(conversion: Conversion): void {
  for (const key of conversion.values.leaves().filter(leaf => leaf.startsWith('config.'))) {
    const name = key.slice('config.'.length);
    const value = conversion.values.given(key);
    if (value === undefined || !name.includes('.') || isObject(value)) { continue; }
    conversion.options.set(name, key, typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));
  }
}

/** Options that the chart sets for its own layout. */
const LAYOUT: { readonly [option: string]: string } = {
  'core.executor': "'executor' decides it",
  'kubernetes_executor.namespace': 'the library fills in the namespace',
  'kubernetes_executor.pod_template_file': "'taskPods' decides it",
  'kubernetes_executor.worker_container_repository': "'image' and 'taskPods.image' decide it",
  'kubernetes_executor.worker_container_tag': "'image' and 'taskPods.image' decide it",
  'kubernetes_executor.multi_namespace_mode': "'namespace' of a task pod decides it",
  'celery.sync_parallelism': 'the library leaves it to Airflow, which counts the CPUs',
  'scheduler.standalone_dag_processor': "'dagProcessor' decides it",
};

/** Puts the options that no prop has taken into `config`, by the names of the version. */
export function putConfig(conversion: Conversion, app: App | undefined): void {
  const { version } = conversion;
  const decided = deciderOf(app);
  const sections = new Map<string, { [option: string]: string }>();
  for (const original of conversion.options.names) {
    const { key, value } = conversion.options.take(original)!;
    const name = newNameOf(version, original) ?? original;
    const [section, option] = splitName(name);
    const problem = optionProblem(version, section, option);
    if (LAYOUT[name] !== undefined || LAYOUT[original] !== undefined) {
      conversion.line(key, 'left out', `${original}: ${LAYOUT[name] ?? LAYOUT[original]}`);
    } else if (value.includes('{{') && /\.(Release|Values|Chart)\b|include|ternary|template/.test(value)) {
      conversion.line(
        key,
        'decision',
        `${original}: the value has a template of Helm that only Helm can fill in; write what it gives into config.${name}`,
      );
    } else if (problem !== undefined && isForeign(version, section, option)) {
      conversion.environment.push({ key, item: { name: AirflowConfig.variableName(section, option), value } });
      conversion.line(key, 'prop', `pods.env: the section '${section}' belongs to a plugin`);
    } else if (problem !== undefined) {
      conversion.line(key, 'left out', `${original}: ${problem}`);
    } else if (isSecret(version, section, option, value)) {
      const secret = conversion.secretName('env');
      const variable = AirflowConfig.variableName(section, option);
      conversion.environment.push({ key, item: { name: variable, valueFrom: { secretKeyRef: { name: secret, key: variable } } } });
      conversion.secret(key, 'env', variable, `the value of '${original}'`);
    } else {
      const refusal = decided(section, option, value);
      if (refusal === undefined) {
        sections.set(section, { ...sections.get(section), [option]: value });
        conversion.line(
          key,
          'prop',
          name === original ? `config.${name}` : `config.${name}, which is the name in Airflow ${version.series}`,
        );
      } else { conversion.line(key, 'left out', `${original}: ${refusal}`); }
    }
  }
  if (sections.size === 0) { return; }
  conversion.props.builder.put('config', dict(Object.fromEntries([...sections].map(([section, options]) => [section, texts(options)]))));
}

function texts(options: { readonly [option: string]: string }): Dict {
  return dict(Object.fromEntries(Object.entries(options).map(([option, value]) => [option, lit(value)])));
}

function isSecret(version: AirflowVersion, section: string, option: string, value: string): boolean {
  if (value === '') { return false; }
  if (!isSensitive(version, section, option)) { return holdsSecret(value) || isCredential(option) && /_transport_options$/.test(section); }
  if (!/_(kw)?args$/.test(option)) { return true; }
  try {
    return hasSecret('', JSON.parse(value));
  } catch {
    return true;
  }
}

/** Asks the Airflow of the program so far whether a prop decides an option. */
function deciderOf(app: App | undefined): (section: string, option: string, value: string) => string | undefined {
  const chart = app?.node.tryFindChild('airflow') as AirflowChart | undefined;
  return (section, option, value) => {
    if (chart === undefined) { return undefined; }
    try {
      chart.airflow.config.set(section, option, value);
      return undefined;
    } catch (error) {
      const [, message] = /cannot be set.*?; (.*decides it.*)$/s.exec((error as Error).message) ?? [];
      return message;
    }
  };
}
