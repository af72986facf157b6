import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { literalOf } from '../kubernetes/env';
import { checkEnvName, failure } from '../kubernetes/validate';

const CREDENTIAL = new RegExp(`(^|[_.-])(${[
  'api_?key', '(access|private|secret|service)_key', 'token', 'password', 'passwd', 'passphrase', 'secret', 'secret_id', 'dsn', '(http|basic)_auth', 'auth_header',
  'authorization', 'bearer', 'keyfile_dict', 'connection_string', 'webhook_url',
].join('|')})$`);

/** Whether what is called so is a secret. Names that only have such a word in them are none: `max_tokens`, `token_url`, `secret_name`. */
export function isCredential(name: string): boolean {
  return CREDENTIAL.test(name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase());
}

/** Whether a literal is a secret, or has one in it: as a password in a URL, or as a member of JSON that is called like one. */
export function holdsSecret(text: string, references?: RegExp): boolean {
  if (holdsPassword(text, references)) { return true; }
  if (!/^\s*[{[]/.test(text)) { return false; }
  try {
    return hasSecret('', JSON.parse(text), references);
  } catch {
    return false;
  }
}

/** Whether a member of JSON is a secret, or one within it; `$(NAME)` is where Kubernetes puts one. */
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
  if (typeof value === 'string' && holdsSecret(value)) {
    throw failure(scope, `'${prop}' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + `take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')${name.startsWith('AIRFLOW_CONN_') ? ", or use 'addConnection'" : ''}`);
  }
}

/** Throws for a literal value of a name that only a secret has, unless its author has said that it is none. */
export function checkLiteral(scope: Construct, prop: string, name: string, value: kplus.EnvValue): void {
  const literal = literalOf(value);
  if (literal !== undefined && isCredential(name) && literal.replace(/\$\([^)]*\)/g, '') !== '') {
    throw failure(scope, `'${prop}' must not have a literal value for '${name}', which is called like a secret; take it from a Secret `
      + '(SecretKey.of(...).toEnvValue()), or say that it is none (Env.notSecret(...))');
  }
}
