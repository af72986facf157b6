import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { gather, Mistake } from './problems';

type Labels = { readonly [name: string]: string };

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_TEXT = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const CONTROL = /[\x00-\x1f\x7f]/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** An error that names the construct, if it exists already. */
export function failure(scope: Construct | undefined, message: string): Error {
  return new Mistake(scope === undefined ? message : `${scope.node.path}: ${message}`);
}

/** Throws unless the number is whole and at least `least`. */
export function checkAtLeast(scope: Construct | undefined, prop: string, value: number | undefined, least: number): void {
  checkWhole(scope, prop, value, { least });
}

/** Throws unless the number is whole and within the limits. */
export function checkBetween(scope: Construct | undefined, prop: string, value: number | undefined, least: number, most?: number): void {
  checkWhole(scope, prop, value, { least, most });
}

/** Throws unless the duration is a whole number of seconds within the limits. */
export function checkSeconds(
  scope: Construct | undefined, prop: string, duration: Duration | undefined, least: number, most?: number,
): void {
  checkWhole(scope, prop, duration?.toSeconds({ integral: false }), { least, most, unit: 'of seconds ' });
}

function checkWhole(
  scope: Construct | undefined, prop: string, value: number | undefined,
  { least, most, unit = '' }: { readonly least: number; readonly most?: number; readonly unit?: string },
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && (most === undefined || value <= most))) { return; }
  const limits = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw failure(scope, `'${prop}' must be a whole number ${unit}${limits}, got ${value}`);
}

/** Throws unless the number is a valid port. */
export function checkPort(scope: Construct | undefined, prop: string, value: number | undefined): void {
  checkBetween(scope, prop, value, 1, 65535);
}

/**
 * Throws unless the text is a valid DNS label, as names of objects and containers are.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function checkDnsLabel(scope: Construct | undefined, prop: string, value: string, longest = 63): void {
  if (value.length > longest || !DNS_LABEL.test(value)) {
    throw failure(
      scope,
      `'${prop}' must be at most ${longest} lowercase letters, digits and dashes, beginning and ending with a letter or digit, `
        + `got '${value}' (${value.length} characters)`,
    );
  }
}

/**
 * Whether the text is a valid DNS subdomain, as the names of Secrets and other objects with dots are.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
 */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && DNS_NAME.test(text);
}

/** Throws unless the text is a valid name of an object of the kind, such as a StorageClass. */
export function checkObjectName(scope: Construct | undefined, prop: string, kind: string, name: string | undefined): void {
  if (name !== undefined && !isSubdomain(name)) {
    throw failure(scope, `'${prop}' must be the name of a ${kind}, of lowercase letters, digits, '-' and '.', got '${name}'`);
  }
}

/** The rules of `isLabelName`, as text for an error. */
export const LABEL_NAMES =
  "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, alone or after a DNS name and '/'";

/**
 * Whether the text is a valid name of a label, an annotation or a taint.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function isLabelName(text: string): boolean {
  const [name, prefix, ...more] = text.split('/').reverse();
  return more.length === 0 && name.length <= 63 && LABEL_TEXT.test(name) && (prefix === undefined || isSubdomain(prefix));
}

/** Whether the text is a valid value of a label or a taint. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && LABEL_TEXT.test(text));
}

/** Throws unless names and values are valid for labels, and the library itself sets none of the names. */
export function checkLabels(scope: Construct, prop: string, labels: Labels = {}, reserved: Labels = {}): void {
  gather(scope, problems => {
    for (const [name, value] of Object.entries(labels)) {
      problems.check(() => {
        checkUnset(scope, prop, name, value, reserved);
        checkLabelName(scope, prop, name);
      });
      if (!isLabelValue(value)) {
        problems.add(`'${prop}' must have values of at most 63 letters, digits, '-', '_' and '.', `
          + `got '${value}' (${value.length} characters) for '${name}'`);
      }
    }
  });
}

/** Throws unless the names are valid for annotations, and the library itself sets none of them. */
export function checkAnnotations(scope: Construct, prop: string, annotations: Labels = {}, reserved: object = {}, instead?: string): void {
  gather(scope, problems => {
    for (const [name, value] of Object.entries(annotations)) {
      problems.check(() => {
        checkUnset(scope, prop, name, value, reserved, instead);
        // Kubernetes ignores the case of annotation names.
        checkLabelName(scope, prop, name, name.toLowerCase());
      });
    }
  });
}

function checkUnset(scope: Construct, prop: string, name: string, value: string, reserved: object, instead = 'leave it out'): void {
  const ours = (reserved as Labels)[name];
  if (ours !== undefined && ours !== value) {
    throw failure(scope, `'${prop}' cannot set '${name}', which the library sets itself, got '${value}'; ${instead}`);
  }
}

function checkLabelName(scope: Construct, prop: string, name: string, checked = name): void {
  if (!isLabelName(checked)) { throw failure(scope, `'${prop}' must have names of ${LABEL_NAMES}, got '${name}'`); }
}

/** Throws unless the text is a valid key of a ConfigMap or Secret. */
export function checkDataKey(prop: string, key: string | undefined): void {
  if (key !== undefined && !/^(?!\.{1,2}$|\.\.)[-.\w]{1,253}$/.test(key)) {
    throw failure(undefined, `'${prop}' must be at most 253 letters, digits, '-', '_' and '.', got '${key}'`);
  }
}

/** Throws unless the text is a valid name of an environment variable. */
export function checkEnvName(scope: Construct, prop: string, name: string): void {
  if (!ENV_NAME.test(name)) {
    throw failure(scope, `'${prop}' must have names of letters, digits and '_' that do not begin with a digit, got '${name}'`);
  }
}

/** Whether the text is an http or https URL without a login. Kubernetes may fill in a part such as `$(HOST)`. */
export function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/@?#\\]+([/?#]\S*)?$/.test(text) && URL.canParse(text.replace(/\$\(\w+\)/g, '1'));
}

/** A URL for an error, without the login that it may have. */
export function withoutLogin(url: string): string {
  return url.replace(/^(\w+:\/\/)?[^]*@/, '$1...@');
}

/** Throws unless the text is such a URL and matches the pattern. The message does not repeat a login. */
export function checkUrl(scope: Construct | undefined, prop: string, url: string | undefined, like: string, pattern = /^/): void {
  if (url === undefined || (isUrl(url) && pattern.test(url))) { return; }
  throw failure(scope, `'${prop}' must be like ${like}, got '${withoutLogin(url)}'`);
}

/** Throws unless the URL can be the start of other URLs: a server and perhaps a path. */
export function checkBaseUrl(scope: Construct, prop: string, url: string | undefined): void {
  checkUrl(scope, prop, url, 'https://airflow.example.com or https://example.com/airflow, without a login or a query', /^[^?#]*$/);
}

/** Throws unless the path is absolute and contains no `..`. */
export function checkAbsolutePath(scope: Construct, prop: string, path: string): void {
  checkOneLine(scope, prop, path);
  if (!path.startsWith('/') || path.split('/').includes('..') || path.includes(':')) {
    throw failure(scope, `'${prop}' must be an absolute path without '..' and ':', got '${path}'`);
  }
}

/** Throws unless the path is relative and stays below its root. */
export function checkSubPath(scope: Construct | undefined, prop: string, path: string | undefined): void {
  if (path === undefined) { return; }
  checkOneLine(scope, prop, path);
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw failure(scope, `'${prop}' must be a relative path without '..', got '${path}'; leave it out for the root`);
  }
}

/** Throws for line breaks, which would start another line of a file, and for other control characters. */
function checkOneLine(scope: Construct | undefined, prop: string, text: string): void {
  if (CONTROL.test(text)) {
    throw failure(scope, `'${prop}' must have no line break or other control character in it, got ${JSON.stringify(text)}`);
  }
}
