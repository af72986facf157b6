import { Conversion } from './conversion';
import { mapOf } from './convert-pods';
import { isObject, Json, JsonObject } from './json';
import { create, dict, lit, name, struct } from './program';
import { objects } from './scalars';

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
    conversion.apiObject({ apiVersion: 'v1', kind: 'ResourceQuota', name: `${conversion.name}-resource-quota` }, { spec: { hard: quotas } });
    conversion.line('quotas', 'prop', 'an ApiObject beside the Airflow');
  }
  const limits = values.given('limits');
  if (limits !== undefined) {
    conversion.apiObject({ apiVersion: 'v1', kind: 'LimitRange', name: `${conversion.name}-limit-range` }, { spec: { limits } });
    conversion.line('limits', 'prop', 'an ApiObject beside the Airflow');
  }
  if (values.effective('networkPolicies.enabled') === true) {
    conversion.after.push({ value: create('AirflowNetworkPolicies', name('chart'), lit('network-policies'), struct('AirflowNetworkPoliciesProps', { airflow: name('chart.airflow') })) });
    conversion.line('networkPolicies.enabled', 'prop', 'AirflowNetworkPolicies, for every pod and in both directions');
  }
}

function entries(conversion: Conversion, key: string): [string, JsonObject][] {
  const given: Json | undefined = conversion.values.given(key);
  return Object.entries(isObject(given) ? given : {}).map(([id, content]) => [id, isObject(content) ? content : {}]);
}

function configMaps(conversion: Conversion): void {
  for (const [id, content] of entries(conversion, 'extraConfigMaps')) {
    const data = mapOf(content.data);
    if (typeof content.data === 'string' && content.data.includes('{{')) {
      conversion.line('extraConfigMaps', 'decision', `the data of '${id}' has a template of Helm that only Helm can fill in; write what it gives`);
      continue;
    }
    conversion.after.push({
      value: create('kplus.ConfigMap', name('chart'), lit(id), struct('kplus.ConfigMapProps', {
        metadata: struct('cdk8s.ApiObjectMetadata', { name: lit(id), labels: texts(content.labels), annotations: texts(content.annotations) }),
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
    for (const key of keys) { conversion.secret('extraSecrets', id, key, `the value in 'extraSecrets.${id}'`); }
    if (keys.length === 0) { conversion.line('extraSecrets', 'decision', `the data of '${id}' has a template of Helm; make the Secret by hand`); }
  }
}
