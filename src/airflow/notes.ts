import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowVersion } from '../core/airflow-version';
import { SecretKey } from '../kubernetes/secret-key';

/** How to reach a component that serves HTTP. */
export function addressNote(what: string, { service, localUrl }: { readonly service: kplus.Service; readonly localUrl: string }): string {
  return `${what}, at ${localUrl}:\n  kubectl --namespace ${Chart.of(service).namespace} port-forward service/${service.name} ${new URL(localUrl).port}:${service.port}`;
}

/** How to read a password that the bootstrap has made. */
export function passwordNote(scope: Construct, what: string, { secretName, key }: SecretKey): string {
  return `${what}:\n  kubectl --namespace ${Chart.of(scope).namespace} get secret ${secretName}`
    + ` --output go-template='{{index .data "${key}" | base64decode}}'`;
}

/** What nobody has tried, where the version is newer than the library. */
export function untestedNotes({ _isUntested, _tables, release }: AirflowVersion, { _untabled }: AirflowConfig): string[] {
  if (!_isUntested) { return []; }
  return [
    `WARNING: Airflow ${release} is newer than this library, which treats it as ${_tables} and was not tested with it. Try it on a copy of the database first.`,
    ..._untabled.length === 0 ? [] : [`Options that Airflow ${_tables} does not have, set unchecked: ${_untabled.join(', ')}`],
  ];
}
