import { createHash } from 'crypto';
import { ApiObject, Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { Role } from './needs';
import { checkDnsLabel, failure } from '../kubernetes/validate';

/** What the name of a Service may hold, and the value of a label: others are as long, since they share the name of their component. */
const LONGEST = 63;

/** A pod, a Job or a label of theirs has more behind the name: the hash of a revision, the time of a start. */
const LIMITS: { readonly [kind: string]: number } = { StatefulSet: 52, CronJob: 52 };

/** Those of the kinds whose names are asked for before the object is made. */
const API_VERSIONS: { readonly [kind: string]: string } = { StatefulSet: 'apps/v1', CronJob: 'batch/v1', Job: 'batch/v1', Secret: 'v1' };

const HASH = 8;
const TASK_POD = 'default';
/** The set of Celery workers that has no name. */
export const DEFAULT_SET = 'default';

/** What the name of an object says of it. */
export interface Named {
  /** Under which the object is made. */
  readonly scope: IConstruct;
  readonly kind: string;
  /** Which part of the instance it is. */
  readonly part: string;
}

/**
 * The names of the objects of one Airflow, `<instance>-<part>`. Nothing else decides one, except a Chart that has a
 * `generateObjectName` of its own.
 */
export class ObjectNames {
  /** The name of the instance. */
  public readonly instance: string;

  /** @param name the name of the instance, where it is not the path of the construct */
  constructor(private readonly airflow: IConstruct, name?: string) {
    this.instance = name ?? instanceOf(airflow);
    // Of a path only the characters matter, since what is too long of it is cut.
    checkDnsLabel(airflow, 'name', name ?? shortened(this.instance));
  }

  /** The name as `metadata` takes it; without one the Chart decides when the object is made. */
  public metadata(named: Named): { readonly name?: string } {
    if (!chartDecides(named.scope)) { return { name: this.join(named.scope, named.part, LIMITS[named.kind]) }; }
    const limit = LIMITS[named.kind];
    if (limit === undefined) { return {}; }
    const name = askChart(named.scope, 'Resource', named.kind);
    if (name.length > limit) {
      throw failure(named.scope, `'generateObjectName' of the Chart must give a ${named.kind} a name of at most ${limit} characters, got '${name}' (${name.length} characters)`);
    }
    return { name };
  }

  /** The name of a Job, which has the hash of what it runs behind it. */
  public job(scope: IConstruct, part: string, hash: string): string {
    const limit = LONGEST - hash.length - 1;
    const name = chartDecides(scope)
      ? shortened(askChart(scope, 'Resource', 'Job'), limit)
      : this.join(scope, part, limit);
    return `${name}-${hash}`;
  }

  /** The name of a Secret that is made in the cluster, so that no object has it here. */
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

/** The part of the instance that a construct is, as names have it: what the user calls it, with a word for what it is. */
export function partOf({ node: { id } }: IConstruct, role?: Role): string {
  return partNamed(id, role);
}

/** The same, by the id that a construct will have. */
export function partNamed(id: string, role?: Role): string {
  switch (role) {
    case Role.WORKER: return ['celery-worker', workerSet(id)].filter(word => word !== undefined).join('-');
    case Role.TASK: return id === TASK_POD ? 'task' : `task-${id}`;
    default: return id.toLowerCase();
  }
}

/** The name of a set of Celery workers; undefined for those of the default queue. */
export function workerSet(id: string): string | undefined {
  return id === 'celery-workers' ? undefined : id.replace(/^celery-workers-/, '').toLowerCase();
}

/** A text of at most `limit` characters: what is longer has the hash of itself in the place of its middle. */
export function shortened(text: string, limit = LONGEST): string {
  if (text.length <= limit) { return text; }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH);
  const kept = limit - HASH - 2;
  const tail = Math.floor(kept / 2);
  return [text.slice(0, kept - tail).replace(/-+$/, ''), hash, text.slice(-tail).replace(/^-+/, '')].join('-');
}

/** The ids on the way to the Airflow, so that `airflow` in a Chart `airflow` is one word. */
function instanceOf({ node }: IConstruct): string {
  return node.path.toLowerCase().split('/').filter((id, index, ids) => id !== ids[index - 1]).join('-');
}

/** Whether someone has written a `generateObjectName`: beside cdk8s' own there is another on the way up from the Chart. */
function chartDecides(scope: IConstruct): boolean {
  let found = 0;
  for (let at: object | null = Chart.of(scope); at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.prototype.hasOwnProperty.call(at, 'generateObjectName')) { found++; }
  }
  return found > 1;
}

/** The name that the Chart gives an object: a real one, since what it asks of it is not known. */
function askChart(scope: IConstruct, id: string, kind: string): string {
  const { name } = new ApiObject(scope, id, { apiVersion: API_VERSIONS[kind], kind });
  scope.node.tryRemoveChild(id);
  return name;
}
