import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { IConstruct } from 'constructs';

/** Two objects of an app that cannot both exist. */
type Pair = readonly [ApiObject, ApiObject];

/** How many pairs an error lists. The others have the same cause. */
const TOLD = 3;

/** The apps that have the check already. */
const checked = new WeakSet<IConstruct>();

/**
 * Adds a check to an app that runs at synthesis. If two objects have the same kind, namespace and name, one would overwrite the other. An
 * app gets the check once, whatever the number of its Airflows.
 */
export function checkUniqueObjects(scope: IConstruct): void {
  const { root } = scope.node;
  if (checked.has(root)) { return; }
  checked.add(root);
  scope.node.addValidation({ validate: () => doubles(root) });
}

function doubles(root: IConstruct): string[] {
  const objects = root.node.findAll().filter(ApiObject.isApiObject);
  const same = pairs(objects, identity, rendered);
  if (same.length > 0) { return told(same, sameObject); }
  const file = fileOf(root);
  return file === undefined ? [] : told(pairs(objects, file, file), pair => sameFile(pair, file(pair[0])!));
}

/** The pairs of objects with the same key. `look` is a fast first key; `again` is a second key that includes patches. */
function pairs(
  objects: ApiObject[],
  look: (object: ApiObject) => string | undefined,
  again: (object: ApiObject) => string | undefined,
): Pair[] {
  const seen = new Map<string, ApiObject>();
  return objects.flatMap((object): Pair[] => {
    const key = look(object);
    const other = key === undefined ? undefined : seen.get(key);
    if (key !== undefined && other === undefined) {
      seen.set(key, object);
    }
    return other !== undefined && again(other) === again(object) ? [[other, object]] : [];
  });
}

/** The identity of an object; undefined without a namespace, because its target is then unknown. */
function identity({ apiGroup, kind, name, metadata: { namespace } }: ApiObject): string | undefined {
  return namespace === undefined ? undefined : [apiGroup, kind, namespace, name].join('/');
}

/** The rendered namespace and name, because a patch may have renamed the object. */
function rendered(object: ApiObject): string {
  const { metadata: { namespace, name } } = object.toJson() as { metadata: { namespace?: string; name: string } };
  return `${namespace}/${name}`;
}

/** The name that cdk8s gives to the file of an object; undefined if not every object has a file of its own. */
function fileOf(root: IConstruct): ((object: ApiObject) => string) | undefined {
  const { yamlOutputType, outputFileExtension } = root as Partial<App>;
  const file = ({ kind, name }: ApiObject) => `${kind}.${name}`.replace(/[^0-9a-zA-Z-_.]/g, '') + (outputFileExtension ?? '');
  switch (yamlOutputType) {
    case YamlOutputType.FILE_PER_RESOURCE: return file;
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE: return object => `${Chart.of(object).node.path}/${file(object)}`;
    default: return undefined;
  }
}

function told(found: Pair[], message: (pair: Pair) => string): string[] {
  const rest = found.length - TOLD;
  return [...found.slice(0, TOLD).map(message), ...rest > 0 ? [`${rest} more, likewise`] : []];
}

function sameObject([first, second]: Pair): string {
  const { kind, name, metadata: { namespace } } = second;
  return `${kind} '${name}' of the namespace '${namespace}' is made by '${first.node.path}' and by '${second.node.path}', `
    + "and one would overwrite the other; give one construct another id, or one Airflow another 'name', "
    + 'and what is for another cluster an App of its own';
}

function sameFile([first, second]: Pair, file: string): string {
  const of = ({ node: { path }, metadata: { namespace } }: ApiObject) => `'${path}' (namespace '${namespace}')`;
  return `'${file}' would be the file of ${of(first)} and of ${of(second)}, and one would be lost, `
    + 'since cdk8s names files without the namespace; use YamlOutputType.FILE_PER_CHART';
}
