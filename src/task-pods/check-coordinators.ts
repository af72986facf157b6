import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { gather } from '../kubernetes/problems';

/**
 * Throws for coordinators of tasks in other languages that change the pods of their tasks unseen: the KubernetesExecutor puts the image of a
 * coordinator over that of the template, and its template in the place of the default one.
 *
 * @param templates the files of the task pods that have one of their own
 */
export function checkCoordinators(scope: Construct, config: AirflowConfig, templates: string[]): void {
  gather(scope, problems => {
    for (const [name, extra] of Object.entries(extrasOf(config.get('sdk', 'coordinators')))) {
      const { pod_template_file: file } = extra;
      for (const option of ['worker_container_repository', 'worker_container_tag']) {
        if (extra[option] !== undefined) {
          problems.add(`'config.sdk.coordinators' cannot set '${option}' of '${name}'; 'image' of a task pod decides it: `
            + "give one 'template' TaskPodTemplate.own(), and name its file as 'pod_template_file'");
        }
      }
      if (file !== undefined && !templates.includes(file as string)) {
        problems.add(`'config.sdk.coordinators' must name the template of a task pod as 'pod_template_file' of '${name}', got '${file as string}'; `
          + `use one of ${templates.join(', ')}, or give a task pod 'template' TaskPodTemplate.own()`);
      }
    }
  });
}

/** What each coordinator says beside its class; nothing where the text is not what Airflow reads. */
function extrasOf(text: string | undefined): { [name: string]: { [option: string]: unknown } } {
  let coordinators: unknown;
  try { coordinators = JSON.parse(text ?? '{}'); } catch { return {}; }
  if (typeof coordinators !== 'object' || coordinators === null) { return {}; }
  return Object.fromEntries(Object.entries(coordinators as { [name: string]: { extra?: { [option: string]: unknown } } | null })
    .map(([name, coordinator]) => [name, coordinator?.extra ?? {}]));
}
