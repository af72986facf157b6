import { Construct } from 'constructs';
import { checkEnvName, failure } from '../kubernetes/validate';

/** The fields whose values Airflow hides in logs and in the UI: `DEFAULT_SENSITIVE_FIELDS` of its secrets masker. */
const SENSITIVE = [
  'access_key', 'access_token', 'api_key', 'apikey', 'auth_header', 'authorization', 'bearer', 'connection_string', 'dsn', 'keyfile_dict', 'passphrase',
  'passwd', 'password', 'private_key', 'proxies', 'proxy', 'secret', 'service_account', 'service_key', 'token', 'webhook_url',
];

/** Whether Airflow takes what is called so for a secret. */
export function looksSecret(name: string): boolean {
  return SENSITIVE.some(field => name.toLowerCase().includes(field));
}

const CREDENTIAL = /(^|_)(api_?key|(access|private|secret|service)_key|token|password|passwd|passphrase|secret|dsn|(http|basic)_auth|authorization)$/;

/** Whether an option that Airflow hands on to a client is called like a secret; others only begin like one, as `token_url`. */
export function isCredential(option: string): boolean {
  return CREDENTIAL.test(option.toLowerCase());
}

/**
 * Whether a text has a password in it: in a URL, or in the JSON of a connection; `$(NAME)` is where Kubernetes puts one.
 *
 * @param references what else stands for one that comes later
 */
export function holdsPassword(text = '', references?: RegExp): boolean {
  const plain = references === undefined ? text : text.replace(references, '$()');
  return /:\/\/[^/@\s:"'?#]*:(?!\$\(|\*+@)[^/@\s"'?#]+@/.test(plain) || /"password"\s*:\s*"(?!\$\()[^"]+"/.test(plain);
}

/** Throws for a variable that no container can have, whatever it runs. */
export function checkVariable(scope: Construct, prop: string, name: string, value: unknown): void {
  checkEnvName(scope, prop, name);
  if (typeof value === 'string' && holdsPassword(value)) {
    throw failure(scope, `'${prop}' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + `take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')${name.startsWith('AIRFLOW_CONN_') ? ", or use 'addConnection'" : ''}`);
  }
}
