import { Yaml } from 'cdk8s';
import { canonical } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';

/** Texts that stand in YAML as this library writes it, and that Airflow's parser takes for something else or refuses. */
const MISREAD = /^(=|<<)$|[\t\x7f-\x9f\u2028\u2029\ufeff]/;

/** A pod as YAML that Airflow reads as it was meant. */
export function podYaml(pod: Json): string {
  let misread = false;
  const text = JSON.stringify(canonical(pod), (_, value: unknown) => {
    misread ||= typeof value === 'string' && MISREAD.test(value);
    return value;
  }, 2);
  // JSON is YAML, too, in which every character can be escaped.
  const escaped = text.replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return misread ? `${escaped}\n` : Yaml.stringify(canonical(pod));
}

/** The comment on a pod that a hook of the platform may change: only Airflow can run it. */
export function hookComment(localSettings: string = ''): string {
  return /\bpod_mutation_hook\b/.test(localSettings) ? "# The pod_mutation_hook of 'localSettings' may change this pod.\n" : '';
}
