import { Duration } from 'cdk8s';
import { Answer, byDefault, ConfigOption } from './answer';
import { BindContext } from './bind-context';
import { CommonPodOptions } from './common-pod-options';
import { PriorityClasses } from './priority-classes';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { SpotNodes } from '../kubernetes/spot-nodes';
import { checkAtLeast, checkSeconds } from '../kubernetes/validate';

/** The time that a task has to end by itself, where the program says nothing else. */
const GRACE = Duration.minutes(10);
const SPOT_RETRIES = 3;
/** The time between SIGTERM and the kill, in which `on_kill` of the operator runs and Airflow notes the retry. */
const TO_END = Duration.seconds(30);

/**
 * What the pods do when the cluster wants their node.
 */
export interface DisruptionOptions {
  /**
   * How long a running task may keep its pod after the cluster asked the pod to end, in whole seconds: the time for which a task may block
   * the drain of a node. Thirty seconds before the end, the task gets SIGTERM, and Airflow repeats it if it has retries left. It holds for
   * task pods, Celery workers and the scheduler of the LocalExecutor; `terminationGracePeriod` of one of them takes precedence.
   *
   * @default - 10 minutes; on spot nodes the time between the notice and the end of the node
   */
  readonly taskGracePeriod?: Duration;

  /**
   * How often Airflow repeats a task whose DAG does not say it (`[core] default_task_retries`). A task that outlasts its grace
   * period costs one of its retries.
   *
   * @default - 3 on spot nodes; otherwise Airflow's own default, 0
   */
  readonly taskRetries?: number;

  /**
   * Whether a component with several pods has a PodDisruptionBudget if it sets no `disruptionBudget`. The cluster may then evict
   * one pod at a time, and a quarter of the Celery workers.
   *
   * @default true
   */
  readonly budgets?: boolean;

  /**
   * The priority classes, which place the control plane before the tasks.
   *
   * @default - `priorityClassName` of `pods` and of the components decides
   */
  readonly priorityClasses?: PriorityClasses;
}

/**
 * What the pods do on nodes that may disappear at any time.
 */
export interface SpotDisruptionOptions extends DisruptionOptions {
  /**
   * The nodes of task pods and Celery workers that set no `spot`. The other pods stay on the other nodes.
   */
  readonly nodes: SpotNodes;
}

/** The settled disruption of an instance. */
export interface DisruptionConfig extends Answer {
  readonly taskGracePeriod: Duration;
  /** Whether the cluster autoscaler must leave Celery workers, and a scheduler that runs tasks, where they are. */
  readonly pinsWorkers: boolean;
  readonly budgets: boolean;
  /** The nodes of the pods that run tasks. */
  readonly spot?: SpotNodes;
  readonly controlPlanePriority?: string;
  readonly taskPriority?: string;
}

/** The differences between the choices. */
type Kind = Pick<DisruptionConfig, 'pinsWorkers' | 'spot'> & { readonly gracePeriod: Duration; readonly retries?: number };

/**
 * How the cluster takes nodes away, and what the pods do then: annotations for autoscalers, grace periods, budgets, retries and priorities
 * of workers, task pods and all other components.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
 */
export abstract class Disruption {
  /**
   * Nodes that stay until someone drains them. Autoscalers leave pods that run tasks alone.
   *
   * @throws when a duration is not in whole seconds, or `taskRetries` is negative
   */
  public static onDemand(options: DisruptionOptions = {}): Disruption {
    checkMembers('DisruptionOptions', options);
    return new ChosenDisruption({ pinsWorkers: true, gracePeriod: GRACE }, options);
  }

  /**
   * Spot nodes for the pods that run tasks. Their grace period fits into the notice before a node disappears, and tasks are repeated.
   *
   * @throws when a duration is not in whole seconds, `taskRetries` is negative, or tasks run in the scheduler, which must not be on a node
   * that disappears
   */
  public static spot(options: SpotDisruptionOptions): Disruption {
    checkMembers('SpotDisruptionOptions', options);
    return new ChosenDisruption(
      { pinsWorkers: false, gracePeriod: options.nodes._notice, retries: SPOT_RETRIES, spot: options.nodes },
      options,
    );
  }

  /**
   * Nodes that Karpenter replaces all the time to save costs. Karpenter may end Celery workers, whose tasks get the grace period; it waits
   * for task pods.
   *
   * @throws when a duration is not in whole seconds, or `taskRetries` is negative
   * @see https://karpenter.sh/docs/concepts/disruption/
   */
  public static karpenter(options: DisruptionOptions = {}): Disruption {
    checkMembers('DisruptionOptions', options);
    return new ChosenDisruption({ pinsWorkers: false, gracePeriod: GRACE }, options);
  }

  /**
   * @internal
   */
  public abstract _bind(context: BindContext, pods: CommonPodOptions): DisruptionConfig;
}

class ChosenDisruption extends Disruption {
  constructor(private readonly kind: Kind, private readonly options: DisruptionOptions) { super(); }

  public _bind(context: BindContext, { priorityClassName }: CommonPodOptions): DisruptionConfig {
    const { taskGracePeriod, taskRetries, budgets = true, priorityClasses } = this.options;
    gather(context, problems => {
      problems.check(() => checkSeconds(context, 'disruption.taskGracePeriod', taskGracePeriod, 1));
      problems.check(() => checkAtLeast(context, 'disruption.taskRetries', taskRetries, 0));
      if (priorityClasses !== undefined && priorityClassName !== undefined) {
        problems.add(`'pods.priorityClassName', '${priorityClassName}', would give every pod the same class, `
          + "but 'disruption.priorityClasses' has two; leave one of them out");
      }
    });
    const { gracePeriod, retries, ...kind } = this.kind;
    const classes = priorityClasses?._bind(context) ?? { controlPlane: priorityClassName, tasks: priorityClassName };
    return {
      ...kind,
      taskGracePeriod: taskGracePeriod ?? gracePeriod,
      budgets,
      controlPlanePriority: classes.controlPlane,
      taskPriority: classes.tasks,
      options: retryOption(taskRetries, retries),
    };
  }
}

function retryOption(said: number | undefined, usual: number | undefined): ConfigOption[] {
  const retries = said ?? usual;
  if (retries === undefined) { return []; }
  const option = byDefault('core', 'default_task_retries', `${retries}`);
  return [said === undefined ? option : { ...option, prop: "'disruption.taskRetries'" }];
}

/** The command that keeps SIGTERM from a running task. It ends with the container, so a pod whose task is done ends at once. */
export function beforeTermination(gracePeriod: Duration): string[] {
  return ['sleep', `${Math.max(0, gracePeriod.toSeconds() - TO_END.toSeconds())}`];
}
