import { readPod } from './pod-file';
import { checkMembers } from '../kubernetes/members';
import { Json } from '../kubernetes/pod';

/**
 * Options of an adopted pod template.
 */
export interface AdoptedTemplateOptions {
  /**
   * What the template refers to and exists in the namespace already, for example `['ServiceAccount/airflow', 'Secret/warehouse']`.
   *
   * @default - everything that it refers to is made in this app
   */
  readonly existing?: string[];
}

/** A pod template as plain data. */
export interface TemplateConfig {
  /** The file and its pod; undefined for one of the library. */
  readonly file?: string;
  readonly pod?: Json;
  readonly existing: string[];
}

/**
 * From which file a task's pod is made.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/kubernetes_executor.html#pod-template-file
 */
export class TaskPodTemplate {
  /**
   * A pod template of its own that the library writes: for what an override of the default one cannot change or remove.
   */
  public static own(): TaskPodTemplate {
    return new TaskPodTemplate({ existing: [] });
  }

  /**
   * A pod template that exists, completed with what Airflow needs.
   *
   * Volumes of type `emptyDir` where the library mounts something itself are taken for placeholders and replaced.
   *
   * @param file path of the YAML of one Pod whose first container is called `base`
   * @throws when there is no such file, its YAML has an error, it is not one Pod, or Kubernetes has no such field; what contradicts the Airflow throws where
   * the template is used
   */
  public static fromFile(file: string, options: AdoptedTemplateOptions = {}): TaskPodTemplate {
    checkMembers('AdoptedTemplateOptions', options);
    for (const reference of options.existing ?? []) {
      if (!/^[A-Z]\w+\/[a-z0-9][-a-z0-9.]*$/.test(reference)) {
        throw new Error(`'existing' must have references like ServiceAccount/airflow, got '${reference}'`);
      }
    }
    return new TaskPodTemplate({ file, pod: readPod(file), existing: options.existing ?? [] });
  }

  private constructor(
    /**
     * @internal
     */
    public readonly _config: TemplateConfig,
  ) {}
}
