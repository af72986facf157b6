import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { gather } from '../kubernetes/problems';

/**
 * Throws when a coordinator (which runs tasks in other languages) would silently change the pods of its tasks. The
 * KubernetesExecutor replaces the template's image with that of the coordinator, and the default template with that of the
 * coordinator.
 *
 * @param templates the template files of the task pods that have their own
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
        problems.add(
          `'config.sdk.coordinators' must name the template of a task pod as 'pod_template_file' of '${name}', got '${file as string}'; `
            + `use one of ${templates.join(', ')}, or give a task pod 'template' TaskPodTemplate.own()`,
        );
      }
    }
  });
}

/** The extra options of each coordinator, or nothing if Airflow cannot read the text. */
function extrasOf(text: string | undefined): { [name: string]: { [option: string]: unknown } } {
  let coordinators: unknown;
  try { coordinators = JSON.parse(text ?? '{}'); } catch { return {}; }
  if (typeof coordinators !== 'object' || coordinators === null) { return {}; }
  return Object.fromEntries(Object.entries(coordinators as { [name: string]: { extra?: { [option: string]: unknown } } | null })
    .map(([name, coordinator]) => [name, coordinator?.extra ?? {}]));
}
