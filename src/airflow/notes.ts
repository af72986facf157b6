import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { budgetTable, DatabaseBudget } from './database-load';
import { UserAccount } from '../auth/fab-users';
import { ApiServer } from '../components/api-server';
import { Component } from '../components/component';
import { Flower } from '../components/flower';
import { WebComponent } from '../components/web-component';
import { Webserver } from '../components/webserver';
import { AirflowConfig } from '../core/airflow-config';
import { AirflowVersion } from '../core/airflow-version';
import { CommonPodOptions } from '../core/common-pod-options';
import { Role } from '../core/needs';
import { passwordNote } from '../core/password-note';
import { hasProxy } from '../instance/check-proxy';
import { Instance } from '../instance/instance';
import { Rbac } from '../instance/rbac';

/** The parts of an Airflow that the notes describe. */
interface Noted extends IConstruct {
  readonly version: AirflowVersion;
  readonly config: AirflowConfig;
  readonly apiServer?: ApiServer;
  readonly webserver?: Webserver;
  readonly flower?: Flower;
  readonly rbac: Rbac;
  readonly components: Component[];
  /**
   * @internal
   */
  readonly _instance: Instance;
  /**
   * @internal
   */
  readonly _common: CommonPodOptions;
}

/** Renders the instructions for after the YAML has been applied. */
export function notesOf(airflow: Noted, login: string[], users: UserAccount[], budget?: DatabaseBudget): string {
  const { flower, apiServer, webserver, rbac } = airflow;
  const web = apiServer ?? webserver;
  const flowerLogin = flower?._login;
  return [
    ...untestedNotes(airflow.version, airflow.config),
    ...(web === undefined ? [] : [addressNote('The UI', web)]),
    ...login,
    ...users
      .filter(({ generated }) => generated !== undefined)
      .map(({ username, password }) => passwordNote(airflow, `The password of the user '${username}'`, password!)),
    ...(flower === undefined ? [] : [addressNote('Flower', flower)]),
    ...(flowerLogin === undefined
      ? []
      : [passwordNote(airflow, `The password of the user '${flowerLogin.username}' of Flower`, flowerLogin.password)]),
    ...(budget === undefined ? [] : ['Connections to the database, behind PgBouncer:', ...budgetTable(budget)]),
    ...lostLogsNotes(airflow),
    ...rbac._identityNotes,
    ...proxyNotes(airflow),
  ].join('\n');
}

/** Tells how to reach a component that serves HTTP. */
function addressNote(what: string, { service, localUrl, publicUrl }: WebComponent): string {
  const at = publicUrl === undefined ? `${what}, at ${localUrl}` : `${what}: ${publicUrl}\n${what} without its proxy, at ${localUrl}`;
  return `${at}:\n  kubectl --namespace ${Chart.of(service).namespace} port-forward service/${service.name} `
    + `${new URL(localUrl).port}:${service.port}`;
}

/** Warns about a version that is newer than the library. */
function untestedNotes({ _isUntested, knownSeries, release }: AirflowVersion, { _untabled }: AirflowConfig): string[] {
  if (!_isUntested) { return []; }
  return [
    `WARNING: Airflow ${release} is newer than this library, which treats it as ${knownSeries} and was not tested with it. Try it on a `
      + 'copy of the database first.',
    ..._untabled.length === 0 ? [] : [`Options that Airflow ${knownSeries} does not have, set unchecked: ${_untabled.join(', ')}`],
  ];
}

/** Names the logs that are lost with the pods that wrote them. */
function lostLogsNotes({ components, _instance: { logs, traits } }: Noted): string[] {
  const loses = (tasks: string) =>
    `NOTE: the logs of tasks are lost with ${tasks}. To keep them, set 'logs' to a claim, a bucket or a search server`;
  if (!logs.ephemeral) { return []; }
  if (traits.launchesPods) { return [`${loses('the pods of the tasks')}.`]; }
  const roles = [Role.WORKER, ...traits.tasksInScheduler ? [Role.SCHEDULER] : []];
  const first = components.find(({ _role: role, _keepsLogs: keeps }) => !keeps && roles.includes(role));
  return first === undefined ? [] : [`${loses(`the pods of the ${first._role === Role.WORKER ? 'Celery workers' : 'scheduler'}`)}, `
    + "or give the pods volumes by their own 'logs'."];
}

/** The client of these images reads a proxy, but no NO_PROXY. */
function proxyNotes({ version, _common }: Noted): string[] {
  if (!hasProxy(_common.env) || !['3.1', '3.2'].includes(version.series)) { return []; }
  return [`WARNING: the Python package kubernetes 35.0, which Airflow ${version.series} comes with, ignores NO_PROXY: `
    + "its requests to the Kubernetes API go to the proxy of 'pods.env'. "
    + 'Let the proxy pass them on, or use an image with kubernetes 36 or newer.'];
}
