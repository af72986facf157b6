import { Construct } from 'constructs';

type Labels = { readonly [name: string]: string };

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** An error that names the construct. */
export function failure(scope: Construct, message: string): Error {
  return new Error(`${scope.node.path}: ${message}`);
}

/** Throws unless the number is whole and at least `least`. */
export function checkAtLeast(scope: Construct, prop: string, value: number | undefined, least: number): void {
  if (value !== undefined && (!Number.isInteger(value) || value < least)) {
    throw failure(scope, `'${prop}' must be a whole number of at least ${least}, got ${value}`);
  }
}

/** Throws unless the number can be a port. */
export function checkPort(scope: Construct, prop: string, value: number | undefined): void {
  if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > 65535)) {
    throw failure(scope, `'${prop}' must be a whole number from 1 to 65535, got ${value}`);
  }
}

/**
 * Throws unless the text can name an object or a container.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function checkDnsLabel(scope: Construct, prop: string, value: string, longest = 63): void {
  if (value.length > longest || !DNS_LABEL.test(value)) {
    throw failure(scope, `'${prop}' must be at most ${longest} lowercase letters, digits and dashes, beginning and ending with a letter or digit, `
      + `got '${value}' (${value.length} characters)`);
  }
}

/**
 * Throws unless every value can be the value of a label, and none is of a name that the library uses itself.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function checkLabels(scope: Construct, prop: string, labels: Labels = {}, reserved: Labels = {}): void {
  for (const [name, value] of Object.entries(labels)) {
    if (reserved[name] !== undefined || name === 'app.kubernetes.io/component') {
      throw failure(scope, `'${prop}' cannot set '${name}', by which the library tells its objects apart, got '${value}'; use another name`);
    }
    if (value.length > 63 || !LABEL_VALUE.test(value)) {
      throw failure(scope, `'${prop}' must have values of at most 63 letters, digits, '-', '_' and '.', got '${value}' (${value.length} characters) for '${name}'`);
    }
  }
}

/** Throws unless the text can name an environment variable. */
export function checkEnvName(scope: Construct, prop: string, name: string): void {
  if (!ENV_NAME.test(name)) {
    throw failure(scope, `'${prop}' must have names of letters, digits and '_' that do not begin with a digit, got '${name}'`);
  }
}

/** Throws unless the path is absolute and has no `..` in it. */
export function checkAbsolutePath(scope: Construct, prop: string, path: string): void {
  if (!path.startsWith('/') || path.split('/').includes('..') || path.includes(':')) {
    throw failure(scope, `'${prop}' must be an absolute path without '..' and ':', got '${path}'`);
  }
}

/** Throws unless the path is relative and stays below its root. */
export function checkSubPath(scope: Construct, prop: string, path: string | undefined): void {
  if (path === undefined) { return; }
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw failure(scope, `'${prop}' must be a relative path without '..', got '${path}'; leave it out for the root`);
  }
}
