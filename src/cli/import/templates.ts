import { isObject, Json, JsonObject } from './json';

/** What Helm knows of a release. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The name of the chart; an umbrella chart may give its dependency another one than `airflow`. */
  readonly chart?: string;
}

/** What the names of a release's objects begin with. */
export function fullName(release: Release, values: JsonObject): string {
  return values.useStandardNaming === true ? accountName(release, values) : release.name;
}

/** What the names of its service accounts begin with, which always have the standard names of Helm. */
export function accountName({ name, chart = 'airflow' }: Release, { fullnameOverride, nameOverride }: JsonObject): string {
  const base = isText(nameOverride) ? nameOverride : chart;
  const standard = name.includes(base) ? name : `${name}-${base}`;
  return (isText(fullnameOverride) ? fullnameOverride : standard).slice(0, 63).replace(/-$/, '');
}

function isText(value: Json | undefined): value is string { return typeof value === 'string' && value !== ''; }

/** Fills in what Helm's templates say, as far as that needs no Helm. The rest stays as it is. */
export function resolve(value: Json, release: Release, values: JsonObject): Json {
  if (typeof value === 'string') { return value.includes('{{') ? resolveText(value, release, values) : value; }
  if (Array.isArray(value)) { return value.map(item => resolve(item, release, values)); }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [String(resolve(key, release, values)), resolve(inner, release, values)]),
    );
  }
  return value;
}

/** Whether a text still has a template in it that Helm would have filled in. */
export function isTemplate(value: Json | undefined): boolean {
  return JSON.stringify(value ?? null).includes('{{');
}

// What the text says literally. Jinja stands in it so that Helm passes it on.
const OPEN = '\u0001';
const CLOSE = '\u0002';

function resolveText(text: string, release: Release, values: JsonObject): string {
  return text
    .replace(/\{\{-?\s*"\{\{"\s*-?\}\}/g, OPEN).replace(/\{\{-?\s*"\}\}"\s*-?\}\}/g, CLOSE)
    .replace(/\{\{-?\s*`([^`]*)`\s*-?\}\}/g, (_, raw: string) => raw.replace(/\{\{/g, OPEN).replace(/\}\}/g, CLOSE))
    .replace(/(\s*)\{\{(-?)\s*([^{}]+?)\s*(-?)\}\}/g, (all, space: string, trims: string, expression: string) => {
      const found = expressionOf(expression, release, values);
      return found === undefined ? all : `${trims === '-' ? '' : space}${found}`;
    })
    .replace(new RegExp(OPEN, 'g'), '{{').replace(new RegExp(CLOSE, 'g'), '}}');
}

function expressionOf(expression: string, release: Release, values: JsonObject): string | undefined {
  const { name, namespace } = release;
  const [source, ...pipes] = expression.split('|').map(part => part.trim());
  if (pipes.some(pipe => !['quote', 'trim', 'toString'].includes(pipe))) { return undefined; }
  const quote = pipes.includes('quote') ? '"' : '';
  const found =
    { '.Release.Name': name, '.Release.Namespace': namespace, '$.Release.Name': name, '$.Release.Namespace': namespace }[source]
    ?? (/^(include|template) "airflow\.fullname" [.$]$/.test(source) ? fullName(release, values) : undefined)
    ?? valueAt(source, values);
  return found === undefined ? undefined : `${quote}${found}${quote}`;
}

function valueAt(source: string, values: JsonObject): string | undefined {
  const key = /^[.$]{1,2}Values\.([\w.]+)$/.exec(source)?.[1];
  const found = key?.split('.').reduce<Json | undefined>((inner, part) => (isObject(inner) ? inner[part] : undefined), values);
  return ['string', 'number', 'boolean'].includes(typeof found) && !isTemplate(found) ? String(found) : undefined;
}
