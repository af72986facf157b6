import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import { BindContext } from './bind-context';
import { checkMembers } from '../kubernetes/members';
import { checkBetween, failure, isSubdomain } from '../kubernetes/validate';

/** The highest value that Kubernetes leaves to users. */
const HIGHEST = 1_000_000_000;

/**
 * Priority classes that exist in the cluster.
 */
export interface NamedPriorityClassesOptions {
  /**
   * The class of every pod that runs no task outside of the scheduler: the components, the Jobs, and the database and broker servers.
   */
  readonly controlPlane: string;

  /**
   * The class of task pods and Celery workers.
   *
   * @default - the default priority class of the cluster
   */
  readonly tasks?: string;
}

/**
 * The values of new priority classes.
 */
export interface NewPriorityClassesOptions {
  /**
   * The priority of the control plane. A pod of a higher priority takes the node of pods of a lower one if no node has room.
   *
   * @default 100000
   */
  readonly controlPlane?: number;

  /**
   * The priority of task pods and Celery workers. They never take the node of another pod.
   *
   * @default 0
   */
  readonly tasks?: number;
}

/** The names of the classes. */
export interface PriorityClassNames {
  readonly controlPlane: string;
  readonly tasks?: string;
}

/**
 * The priority of the pods when the nodes have no room for all: that of the control plane is above that of tasks.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
export abstract class PriorityClasses {
  /**
   * Priority classes that exist in the cluster.
   *
   * @throws when a name is not a valid name of a PriorityClass
   */
  public static named(options: NamedPriorityClassesOptions): PriorityClasses {
    checkMembers('NamedPriorityClassesOptions', options);
    return new NamedPriorityClasses(options);
  }

  /**
   * Creates two priority classes, `<namespace>-<instance>-control-plane` and `<namespace>-<instance>-tasks`. They belong to the cluster,
   * so whoever applies the YAML needs the right to create them.
   *
   * @throws when a value is not one that Kubernetes allows, or `tasks` is not less than `controlPlane`
   */
  public static create(options: NewPriorityClassesOptions = {}): PriorityClasses {
    checkMembers('NewPriorityClassesOptions', options);
    return new NewPriorityClasses(options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): PriorityClassNames;
}

class NamedPriorityClasses extends PriorityClasses {
  constructor(private readonly options: NamedPriorityClassesOptions) { super(); }

  public _bind(context: BindContext): PriorityClassNames {
    for (const prop of ['controlPlane', 'tasks'] as const) {
      const name = this.options[prop];
      if (name !== undefined && !isSubdomain(name)) {
        throw failure(
          context,
          `'disruption.priorityClasses.${prop}' must be the name of a PriorityClass, lowercase letters, digits, '-' and '.', `
            + `got '${name}'`,
        );
      }
    }
    return this.options;
  }
}

class NewPriorityClasses extends PriorityClasses {
  constructor(private readonly options: NewPriorityClassesOptions) { super(); }

  public _bind(context: BindContext): PriorityClassNames {
    const { controlPlane = 100_000, tasks = 0 } = this.options;
    const prop = 'disruption.priorityClasses';
    checkBetween(context, `${prop}.controlPlane`, controlPlane, -HIGHEST, HIGHEST);
    checkBetween(context, `${prop}.tasks`, tasks, -HIGHEST, HIGHEST);
    if (tasks >= controlPlane) {
      throw failure(context, `'${prop}.tasks' must be less than 'controlPlane', ${controlPlane}, got ${tasks}; `
        + 'tasks without a scheduler do not run, so lower it');
    }
    return {
      controlPlane: priorityClass(context, 'control-plane', {
        value: controlPlane,
        description: 'The pods that Airflow needs to run tasks',
      }),
      tasks: priorityClass(context, 'tasks', {
        value: tasks,
        description: 'The pods that run the tasks of Airflow',
        preemptionPolicy: 'Never',
      }),
    };
  }
}

/** The name has the namespace, because the classes of all namespaces share their names. */
function priorityClass(context: BindContext, part: string, fields: object): string {
  const { namespace } = Chart.of(context);
  const name = `${namespace}-${context._names.instance}-${part}`;
  const object = new ApiObject(context, `priority-class-${part}`, {
    apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name, labels: { ...context._labels } }, ...fields,
  });
  // The Chart sets the namespace on every object, but a PriorityClass must not have one.
  object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
  return name;
}
