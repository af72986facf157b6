import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { literalOf } from '../kubernetes/env';
import { checkEnvName, failure } from '../kubernetes/validate';

const CREDENTIAL = new RegExp(`(^|[_.-])(${[
  'api_?key', '(access|private|secret|service)_key', 'token', 'password', 'passwd', 'passphrase', 'secret', 'secret_id', 'dsn',
  '(http|basic)_auth', 'auth_header', 'authorization', 'bearer', 'keyfile_dict', 'connection_string', 'webhook_url',
].join('|')})$`);

/** Whether a name is the name of a secret. A name that only contains such a word is not: `max_tokens`, `token_url`, `secret_name`. */
export function isCredential(name: string): boolean {
  return CREDENTIAL.test(name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase());
}

/** Whether a literal contains a secret: a password in a URL, or a JSON member with the name of a secret. */
export function holdsSecret(text: string, references?: RegExp): boolean {
  if (holdsPassword(text, references)) { return true; }
  if (!/^\s*[{[]/.test(text)) { return false; }
  try {
    return hasSecret('', JSON.parse(text), references);
  } catch {
    return false;
  }
}

/** Whether a JSON member contains a secret. `$(NAME)` is none, because Kubernetes replaces it in the cluster. */
export function hasSecret(name: string, value: unknown, references?: RegExp): boolean {
  if (Array.isArray(value)) { return value.some(item => hasSecret(name, item, references)); }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).some(([member, inner]) => hasSecret(member, inner, references));
  }
  if (typeof value !== 'string') { return false; }
  const literal = value.replace(/\$\([^)]*\)/g, '').replace(references ?? /(?!)/, '');
  return (isCredential(name) && literal !== '') || holdsSecret(value, references);
}

/**
 * Whether a text contains a password, in a URL or in the JSON of a connection. `$(NAME)` is none, because Kubernetes replaces it in the
 * cluster.
 *
 * @param references other text that is replaced later, and so is no password
 */
export function holdsPassword(text = '', references?: RegExp): boolean {
  const plain = references === undefined ? text : text.replace(references, '$()');
  return /:\/\/[^/@\s:"'?#]*:(?!\$\(|\*+@)[^/@\s"'?#]+@/.test(plain) || /"password"\s*:\s*"(?!\$\()[^"]+"/.test(plain);
}

/** Throws for an environment variable that no container can have. */
export function checkVariable(scope: Construct, prop: string, name: string, value: unknown): void {
  checkEnvName(scope, prop, name);
  if (typeof value === 'string' && holdsSecret(value)) {
    throw failure(scope, `'${prop}' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + "take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')"
      + (name.startsWith('AIRFLOW_CONN_') ? ", or use 'addConnection'" : ''));
  }
}

/** Throws for a literal value of a variable with the name of a secret, unless `Env.notSecret` marks the value. */
export function checkLiteral(scope: Construct, prop: string, name: string, value: kplus.EnvValue): void {
  const literal = literalOf(value);
  if (literal !== undefined && isCredential(name) && literal.replace(/\$\([^)]*\)/g, '') !== '') {
    throw failure(scope, `'${prop}' must not have a literal value for '${name}', which is called like a secret; take it from a Secret `
      + '(SecretKey.of(...).toEnvValue()), or say that it is none (Env.notSecret(...))');
  }
}
