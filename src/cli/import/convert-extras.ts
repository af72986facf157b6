import { Conversion } from './conversion';
import { mapOf } from './convert-pods';
import { asObject, Json, JsonObject } from './json';
import { call, create, dict, lit, name, struct } from './program';
import { cron, days, number, objects, textMap } from './scalars';
import { Section } from './section';
import { StructBuilder } from './struct-builder';

/** Objects beside Airflow. */
export function convertExtras(conversion: Conversion): void {
  configMaps(conversion);
  secrets(conversion);
  const { values } = conversion;
  objects(values.given('priorityClasses')).forEach(({ name: id, value, preemptionPolicy }) => {
    conversion.apiObject({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', name: `${conversion.name}-${String(id)}` }, {
      value, ...preemptionPolicy === undefined ? {} : { preemptionPolicy },
    });
    conversion.line('priorityClasses', 'prop', 'an ApiObject beside the Airflow, under the name that the chart gives it');
  });
  const quotas = values.given('quotas');
  if (quotas !== undefined) {
    conversion.apiObject(
      { apiVersion: 'v1', kind: 'ResourceQuota', name: `${values.fullName}-resource-quota` },
      { spec: { hard: quotas } },
    );
    conversion.line('quotas', 'prop', 'an ApiObject beside the Airflow');
  }
  const limits = values.given('limits');
  if (limits !== undefined) {
    conversion.apiObject({ apiVersion: 'v1', kind: 'LimitRange', name: `${values.fullName}-limit-range` }, { spec: { limits } });
    conversion.line('limits', 'prop', 'an ApiObject beside the Airflow');
  }
  housekeeping(conversion);
  if (values.given('allowJobLaunching') === true) {
    conversion.after.push({ value: call('chart.airflow.allowJobs') });
    conversion.line('allowJobLaunching', 'prop', 'airflow.allowJobs()');
  }
  if (values.effective('networkPolicies.enabled') === true) {
    conversion.after.push({
      value: create(
        'AirflowNetworkPolicies',
        name('chart'),
        lit('network-policies'),
        struct('AirflowNetworkPoliciesProps', { airflow: name('chart.airflow') }),
      ),
    });
    conversion.line('networkPolicies.enabled', 'prop', 'AirflowNetworkPolicies, for every pod and in both directions');
  }
}

/** The chart's two CronJobs. */
function housekeeping(conversion: Conversion): void {
  const { values } = conversion;
  const props = new StructBuilder();
  for (const [section, prop] of [['cleanup', 'taskPods'], ['databaseCleanup', 'database']] as const) {
    if (values.effective(`${section}.enabled`) !== true) { continue; }
    const builder = new StructBuilder();
    const target = { builder, label: `AirflowHousekeeping: ${prop}.` };
    new Section(conversion, [section], target).pod();
    conversion.take(`${section}.schedule`, 'schedule', cron, target);
    conversion.take(`${section}.jobAnnotations`, 'workload.annotations', textMap, target);
    conversion.take(`${section}.retentionDays`, 'retention', days, target);
    conversion.take(`${section}.batchSize`, 'batchSize', number, target);
    conversion.take(`${section}.skipArchive`, 'dropArchives', () => undefined, target);
    const retention = days(values.effective(`${section}.retentionDays`) ?? 90, '');
    const tables = (value: Json) => dict(Object.fromEntries((Array.isArray(value) ? value : []).map(table => [String(table), retention])));
    conversion.take(`${section}.tables`, 'tables', tables, target);
    props.put(prop, builder.isEmpty ? struct(undefined, {}) : builder.build());
    conversion.line(`${section}.enabled`, 'prop', 'AirflowHousekeeping');
  }
  if (props.isEmpty) { return; }
  for (const other of ['database', 'taskPods', 'jobs', 'xcoms'].filter(prop => !props.has(prop))) {
    props.put(other, struct(undefined, { enabled: lit(false) }));
  }
  props.put('airflow', name('chart.airflow'));
  conversion.after.push({
    value: create('AirflowHousekeeping', name('chart'), lit('housekeeping'), props.build('AirflowHousekeepingProps', ['airflow'])),
  });
}

function entries(conversion: Conversion, key: string): [string, JsonObject][] {
  const given: Json | undefined = conversion.values.given(key);
  return Object.entries(asObject(given)).map(([id, content]) => [id, asObject(content)]);
}

function configMaps(conversion: Conversion): void {
  for (const [id, content] of entries(conversion, 'extraConfigMaps')) {
    const data = mapOf(content.data);
    if (typeof content.data === 'string' && content.data.includes('{{')) {
      conversion.line(
        'extraConfigMaps',
        'decision',
        `the data of '${id}' has a template of Helm that only Helm can fill in; write what it gives`,
      );
      continue;
    }
    conversion.after.push({
      value: create('kplus.ConfigMap', name('chart'), lit(id), struct('kplus.ConfigMapProps', {
        metadata: struct('cdk8s.ApiObjectMetadata', {
          name: lit(id), labels: texts(content.labels), annotations: texts(content.annotations),
        }),
        data: dict(Object.fromEntries(Object.entries(data).map(([key, value]) => [key, lit(String(value))]))),
      })),
    });
    conversion.line('extraConfigMaps', 'prop', 'a kplus.ConfigMap each, of the same name');
  }
}

function texts(value: Json | undefined) {
  const given = Object.entries(mapOf(value));
  return given.length === 0 ? undefined : dict(Object.fromEntries(given.map(([key, inner]) => [key, lit(String(inner))])));
}

/** The content of Secrets is never written down. */
function secrets(conversion: Conversion): void {
  for (const [id, content] of entries(conversion, 'extraSecrets')) {
    const keys = [...Object.keys(mapOf(content.data)), ...Object.keys(mapOf(content.stringData))];
    for (const key of keys) { conversion.namedSecret('extraSecrets', id, key, `the value in 'extraSecrets.${id}'`); }
    if (keys.length === 0) {
      conversion.line('extraSecrets', 'decision', `the data of '${id}' has a template of Helm; make the Secret by hand`);
    }
  }
}
