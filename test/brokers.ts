import { AirflowChart, Broker, Database } from '../src';
import { airflowChart, Manifest, synth } from './util';
import { BrokerConfig } from '../src/broker';

/** Makes brokers beside a database, so that their tests need no executor. */
class BesideDatabase extends Database {
  public readonly configs: BrokerConfig[] = [];

  constructor(private readonly brokers: Broker[]) {
    super();
  }

  public _bind(airflow: Parameters<Database['_bind']>[0]): ReturnType<Database['_bind']> {
    for (const broker of this.brokers) { this.configs.push(broker._bind(airflow)); }
    return Database.inCluster()._bind(airflow);
  }
}

export interface WithBroker {
  readonly chart: AirflowChart;
  readonly config: BrokerConfig;
  readonly manifest: Manifest[];
}

/** An Airflow that has made a broker. */
export function withBroker(broker: Broker, props: Parameters<typeof airflowChart>[0] = {}, id = 'test'): WithBroker {
  const database = new BesideDatabase([broker]);
  const chart = airflowChart({ ...props, database }, id);
  return { chart, config: database.configs[0], manifest: synth(chart) };
}
