import { createHash } from 'crypto';
import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { Role } from './needs';
import { checkDnsLabel, failure } from '../kubernetes/validate';

/**
 * The longest name of a Service, and the longest value of a label. Other objects share the name of their component, so the same limit
 * holds for them.
 */
const LONGEST = 63;

/**
 * These kinds need shorter names, because Kubernetes appends the hash of a revision or the time of a start to them for pods, Jobs and
 * labels.
 */
const LIMITS: { readonly [kind: string]: number } = { StatefulSet: 52, CronJob: 52 };

/** The API versions of the kinds whose names are needed before the object exists. */
const API_VERSIONS: { readonly [kind: string]: string } = {
  StatefulSet: 'apps/v1', CronJob: 'batch/v1', Job: 'batch/v1', Secret: 'v1', SecretProviderClass: 'secrets-store.csi.x-k8s.io/v1',
};

const HASH = 8;
const TASK_POD = 'default';
/** The name part of the set of Celery workers that the user has not named. */
export const DEFAULT_SET = 'default';

/** The facts from which the name of an object is built. */
export interface Named {
  /** The construct that contains the object. */
  readonly scope: IConstruct;
  readonly kind: string;
  /** The part of the instance that the object belongs to. */
  readonly part: string;
}

/**
 * The names of the objects of one Airflow, `<instance>-<part>`. Only a Chart with its own `generateObjectName` decides names differently.
 */
export class ObjectNames {
  /** The name of the instance. */
  public readonly instance: string;

  /** @param name the name of the instance; by default, the path of the construct */
  constructor(private readonly airflow: IConstruct, name?: string) {
    this.instance = name ?? instanceOf(airflow);
    // Only the characters of a path are checked, because a long path is shortened.
    checkDnsLabel(airflow, 'name', name ?? shortened(this.instance));
  }

  /** The name as a part of `metadata`. Without a name, the Chart decides when the object is created. */
  public metadata(named: Named): { readonly name?: string } {
    if (!chartDecides(named.scope)) { return { name: this.join(named.scope, named.part, LIMITS[named.kind]) }; }
    const limit = LIMITS[named.kind];
    if (limit === undefined) { return {}; }
    const name = askChart(named.scope, 'Resource', named.kind);
    if (name.length > limit) {
      throw failure(named.scope, `'generateObjectName' of the Chart must give a ${named.kind} a name of at most ${limit} characters, `
        + `got '${name}' (${name.length} characters)`);
    }
    return { name };
  }

  /** The name of an object that never changes, such as a Job. The name ends with the hash of what the object has. */
  public hashed({ scope, kind, part }: Named, hash: string, id = 'Resource'): string {
    const limit = LONGEST - hash.length - 1;
    const name = chartDecides(scope)
      ? shortened(askChart(scope, id, kind), limit)
      : this.join(scope, part, limit);
    return `${name}-${hash}`;
  }

  /** The name of a Secret that the bootstrap Job creates in the cluster, so that no object in the Chart has the name. */
  public secret(purpose: string): string {
    if (!chartDecides(this.airflow)) { return this.join(this.airflow, purpose); }
    return askChart(this.airflow, `${purpose}-secret`, 'Secret');
  }

  private join(scope: IConstruct, part: string, limit = LONGEST): string {
    const name = shortened([this.instance, part].filter(Boolean).join('-'), limit);
    checkDnsLabel(scope, 'id', name);
    return name;
  }
}

/** The part of the instance that a construct is, as used in names: the name that the user gives, with a word for its kind. */
export function partOf({ node: { id } }: IConstruct, role?: Role): string {
  return partNamed(id, role);
}

/** The same for a construct that does not exist yet, by its future id. */
export function partNamed(id: string, role?: Role): string {
  switch (role) {
    case Role.WORKER: return ['celery-worker', workerSet(id)].filter(word => word !== undefined).join('-');
    case Role.TASK: return id === TASK_POD ? 'task' : `task-${id}`;
    default: return id.toLowerCase();
  }
}

/** The name of a set of Celery workers; undefined for the workers of the default queue. */
export function workerSet(id: string): string | undefined {
  return id === 'celery-workers' ? undefined : id.replace(/^celery-workers-/, '').toLowerCase();
}

/** Shortens a text to at most `limit` characters. In a longer text, the hash of the text replaces the middle. */
export function shortened(text: string, limit = LONGEST): string {
  if (text.length <= limit) { return text; }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH);
  const kept = limit - HASH - 2;
  const tail = Math.floor(kept / 2);
  return [text.slice(0, kept - tail).replace(/-+$/, ''), hash, text.slice(-tail).replace(/^-+/, '')].join('-');
}

/**
 * The name of an instance: the construct ids on the path to the Airflow. Equal ids in a row count once, so `airflow` in a Chart `airflow`
 * gives `airflow`.
 */
function instanceOf({ node }: IConstruct): string {
  return node.path.toLowerCase().split('/').filter((id, index, ids) => id !== ids[index - 1]).join('-');
}

/** Whether a subclass of Chart has its own `generateObjectName`, in addition to the one of cdk8s. */
function chartDecides(scope: IConstruct): boolean {
  let found = 0;
  for (let at: object | null = Chart.of(scope); at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.prototype.hasOwnProperty.call(at, 'generateObjectName')) { found++; }
  }
  return found > 1;
}

/** The name that the Chart gives an object. The Chart gets a real object, because its code may read any property of it. */
function askChart(scope: IConstruct, id: string, kind: string): string {
  const { name } = new ApiObject(scope, id, { apiVersion: API_VERSIONS[kind], kind });
  scope.node.tryRemoveChild(id);
  return name;
}
