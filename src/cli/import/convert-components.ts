import { Conversion } from './conversion';
import { executorsOf } from './convert-executor';
import { lit, struct } from './program';
import { text, textMap } from './scalars';
import { Section } from './section';
import { StructBuilder } from './struct-builder';

/** The scheduler, the dag-processor, the triggerer and the Jobs. */
export function convertComponents(conversion: Conversion): void {
  for (const section of ['scheduler', 'dagProcessor', 'triggerer'] as const) { convertComponent(conversion, section); }
  convertMigration(conversion);
  convertUserJob(conversion);
  conversion.take('airflowLocalSettings', 'localSettings', text);
  if (conversion.values.given('rbac.create') === false) {
    conversion.props.builder.put('external.roles', lit(true));
    conversion.line('rbac.create', 'prop', 'external.roles');
  }
  if (conversion.values.given('rbac.createSCCRoleBinding') === true) {
    conversion.props.builder.put('pods.securityContext.userFromNamespace', lit(true));
    conversion.line(
      'rbac.createSCCRoleBinding',
      'better',
      "pods.securityContext.userFromNamespace fits OpenShift's restricted-v2, so that nobody needs 'anyuid'",
    );
  }
}

function convertComponent(conversion: Conversion, section: 'scheduler' | 'dagProcessor' | 'triggerer'): void {
  const enabled = conversion.values.effective(`${section}.enabled`);
  if (enabled === false && (section !== 'dagProcessor' || conversion.isAirflow3)) {
    conversion.put(`${section}.enabled`, `external.${section}`, lit(true));
    return;
  }
  if (enabled === true && section === 'dagProcessor' && conversion.isAirflow3 && conversion.values.has('dagProcessor.enabled')) {
    conversion.line('dagProcessor.enabled', 'default', 'Airflow 3 always has a dag-processor');
  }
  const builder = new StructBuilder();
  const found = new Section(conversion, [section], { builder, label: `${section}.` });
  found.component();
  logVolume(conversion, section, found, builder);
  if (section === 'dagProcessor' && !conversion.isAirflow3) {
    if (enabled !== true) { return; }
    conversion.line('dagProcessor.enabled', 'prop', 'dagProcessor');
    conversion.props.builder.put(
      section,
      builder.isEmpty ? struct('DagProcessorOptions', {}) : builder.build(),
      conversion.commentsOf(section),
    );
  } else if (!builder.isEmpty) { conversion.props.builder.put(section, builder.build(), conversion.commentsOf(section)); }
}

/** With the LocalExecutor tasks run in the scheduler, whose volume the chart describes among those of the workers. */
function logVolume(conversion: Conversion, section: string, found: Section, builder: StructBuilder): void {
  const isShared = conversion.values.effective('logs.persistence.enabled') === true || conversion.props.builder.has('logs');
  if (section === 'triggerer') {
    if (isShared) {
      found.logVolumeLine('better', 'the logs are in a shared place, so a triggerer needs no volume of its own');
    } else if (found.effective('persistence.enabled') === true) { found.logVolume(); }
  }
  if (section === 'scheduler' && executorsOf(conversion).local && !isShared) {
    const workers = new Section(conversion, ['workers.celery', 'workers'], { builder, label: 'scheduler.' });
    if (workers.effective('persistence.enabled') === true) { workers.logVolume(); }
  }
}

function convertMigration(conversion: Conversion): void {
  if (conversion.values.effective('migrateDatabaseJob.enabled') === false) {
    conversion.put('migrateDatabaseJob.enabled', 'external.migration', lit(true));
    return;
  }
  job(conversion, 'migrateDatabaseJob', 'jobs.migration');
}

function convertUserJob(conversion: Conversion): void {
  if (conversion.values.effective('createUserJob.enabled') === false) { return; }
  job(conversion, 'createUserJob', 'jobs.syncUsers');
}

function job(conversion: Conversion, section: string, prop: string): void {
  const builder = new StructBuilder();
  const target = { builder, label: `${prop}.` };
  new Section(conversion, [section], target).pod();
  conversion.take(`${section}.annotations`, 'pod.annotations', textMap, target);
  conversion.take(`${section}.jobAnnotations`, 'workload.annotations', textMap, target);
  if (!builder.isEmpty) { conversion.props.builder.put(prop, builder.build(), conversion.commentsOf(section)); }
}

