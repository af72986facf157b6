import { ApiObjectMetadata, Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { Instance } from './instance';
import { Rbac } from './rbac';
import { Postgres } from '../backends/postgres';
import { RabbitMq } from '../backends/rabbitmq';
import { Redis } from '../backends/redis';
import { AirflowWorkload } from '../core/airflow-workload';
import { BindContext } from '../core/bind-context';
import { DagNames } from '../core/dag-names';
import { NetworkGraph } from '../core/network-graph';
import { failure } from '../kubernetes/validate';
import { MetricsKind } from '../metrics/metrics-config';

/**
 * The part of an Airflow that components and add-ons may use.
 */
export interface IAirflow extends BindContext {
  /** The service accounts and their permissions. */
  readonly rbac: Rbac;

  /** The in-cluster PostgreSQL. Undefined when the database runs elsewhere. */
  readonly postgres?: Postgres;

  /** The in-cluster Redis. Undefined unless the library creates it as the broker. */
  readonly redis?: Redis;

  /** The in-cluster RabbitMQ. Undefined unless the library creates it as the broker. */
  readonly rabbitMq?: RabbitMq;

  /** Whether the pods use the database user that owns the tables. They don't if the database has another user for the migration. */
  readonly ownsTables: boolean;

  /** How the metrics of Airflow reach Prometheus, which decides their names and types. */
  readonly metricsKind: MetricsKind;

  /** Which parts talk to each other, on which port, and for what purpose. Each read returns the current state. */
  readonly networkGraph: NetworkGraph;

  /**
   * Everything that runs: the components, the Jobs, the database and broker servers, and the task pods. Each read returns the current
   * state.
   */
  readonly workloads: AirflowWorkload[];

  /**
   * @internal
   */
  readonly _instance: Instance;

  /**
   * @internal
   */
  readonly _dagNames: DagNames;

  /**
   * The metadata of an object that belongs to this Airflow: the name `<instance>-<part>` and the labels of the instance. There is no
   * name if the Chart has its own `generateObjectName`, because the Chart then names the object.
   *
   * @param scope the construct that contains the object
   * @param part the part of the Airflow, for example the `part` of a workload
   */
  objectMetadata(scope: IConstruct, kind: string, part: string): ApiObjectMetadata;
}

/** The name of the instance, by the labels of its objects. */
export function instanceOf(airflow: IAirflow): string {
  return airflow.objectMetadata(airflow, 'ConfigMap', '').labels!['app.kubernetes.io/instance'];
}

/** Throws unless the Chart of the construct, whose parts `what` names, has the namespace of the Airflow. */
export function checkSameNamespace(scope: Construct, airflow: IAirflow, what: string): void {
  const [own, here] = [Chart.of(airflow).namespace, Chart.of(scope).namespace];
  if (here !== own) {
    throw failure(scope, `'airflow' is in the namespace '${own}', but the Chart of its ${what} is in '${here}'; `
      + "give both one 'namespace'");
  }
}
