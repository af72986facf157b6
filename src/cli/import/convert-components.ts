import { Conversion } from './conversion';
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
    conversion.line('rbac.createSCCRoleBinding', 'better', "pods.securityContext.userFromNamespace fits OpenShift's restricted-v2, so that nobody needs 'anyuid'");
  }
}

function convertComponent(conversion: Conversion, section: 'scheduler' | 'dagProcessor' | 'triggerer'): void {
  const enabled = conversion.values.effective(`${section}.enabled`);
  if (enabled === false && (section !== 'dagProcessor' || conversion.isAirflow3)) {
    conversion.put(`${section}.enabled`, `external.${section}`, lit(true));
    return;
  }
  const builder = new StructBuilder();
  new Section(conversion, [section], { builder, label: `${section}.` }).component();
  if (section === 'dagProcessor' && !conversion.isAirflow3) {
    if (enabled !== true) { return; }
    conversion.line('dagProcessor.enabled', 'prop', 'dagProcessor');
    conversion.props.builder.put(section, builder.isEmpty ? struct('DagProcessorOptions', {}) : builder.build(), conversion.commentsOf(section));
  } else if (!builder.isEmpty) { conversion.props.builder.put(section, builder.build(), conversion.commentsOf(section)); }
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

