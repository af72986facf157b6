import { Yaml } from 'cdk8s';
import { canonical } from '../kubernetes/checksum';
import { Json } from '../kubernetes/pod';

/** Texts that the library's YAML contains as they are, but that Airflow's parser misreads or refuses. */
const MISREAD = /^(=|<<)$|[\t\x7f-\x9f\u2028\u2029\ufeff]/;

/** Renders a pod as YAML that Airflow's parser reads correctly. */
export function podYaml(pod: Json): string {
  let misread = false;
  const text = JSON.stringify(canonical(pod), (_, value: unknown) => {
    misread ||= typeof value === 'string' && MISREAD.test(value);
    return value;
  }, 2);
  // JSON is also YAML, and its strings can escape every character.
  const escaped = text.replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return misread ? `${escaped}\n` : Yaml.stringify(canonical(pod));
}

/** A comment for a pod that the platform's hook may change. Only Airflow can run the hook. */
export function hookComment(localSettings: string = ''): string {
  return /\bpod_mutation_hook\b/.test(localSettings) ? "# The pod_mutation_hook of 'localSettings' may change this pod.\n" : '';
}
