import { readPod } from './pod-file';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';

/**
 * Options of `TaskPodTemplate.fromFile`.
 */
export interface AdoptedTemplateOptions {
  /**
   * References to objects that already exist in the namespace, for example `['ServiceAccount/airflow', 'Secret/warehouse']`.
   *
   * @default - the app creates every object that the template refers to
   */
  readonly existingObjects?: string[];
}

/** A pod template as plain data. */
export interface TemplateConfig {
  /** The path of the file and its pod; undefined for a template that the library writes. */
  readonly file?: string;
  readonly pod?: Json;
  readonly existingObjects: string[];
}

/**
 * The source of a task pod's template: a file of your own, or the library.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/kubernetes_executor.html#pod-template-file
 */
export class TaskPodTemplate {
  /**
   * A separate template that the library writes, for changes that a `pod_override` of the default template cannot make, such
   * as removing a field.
   */
  public static own(): TaskPodTemplate {
    return new TaskPodTemplate({ existingObjects: [] });
  }

  /**
   * An existing pod template file, which the library completes with everything that Airflow needs.
   *
   * The library replaces `emptyDir` volumes at paths where it mounts its own volumes.
   *
   * @param file the path of a YAML file with one Pod whose first container is named `base`
   * @throws when the file does not exist, is not valid YAML, does not contain exactly one Pod, or has a field that
   * Kubernetes does not have; contradictions to the instance throw where the template is used
   */
  public static fromFile(file: string, options: AdoptedTemplateOptions = {}): TaskPodTemplate {
    checkMembers('AdoptedTemplateOptions', options);
    for (const reference of options.existingObjects ?? []) {
      if (!/^[A-Z]\w+\/[a-z0-9][-a-z0-9.]*$/.test(reference)) {
        throw new Error(`'existingObjects' must have references like ServiceAccount/airflow, got '${reference}'`);
      }
    }
    return new TaskPodTemplate({ file, pod: readPod(file), existingObjects: options.existingObjects ?? [] });
  }

  private constructor(
    /**
     * @internal
     */
    public readonly _config: TemplateConfig,
  ) {}
}
