import { Duration } from 'cdk8s';
import { RabbitMq, RabbitMqOptions } from './rabbitmq';
import { Redis, RedisOptions } from './redis';
import { ConfigOption, ConnectionAnswer, partsFor, own } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { OUTAGE } from '../core/outage';
import { tlsFiles } from '../core/tls-files';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';
import { TlsOptions } from '../kubernetes/tls';
import { checkSeconds, failure } from '../kubernetes/validate';

const URL = 'AIRFLOW__CELERY__BROKER_URL';
const PASSWORD = 'BROKER_PASSWORD';

/** The configuration of the instance that results from a broker. */
export interface BrokerConfig extends ConnectionAnswer {
  /** The Redis, if the library created one. */
  readonly redis?: Redis;
  /** The RabbitMQ, if the library created one. */
  readonly rabbitMq?: RabbitMq;
}

/**
 * Options of `Broker.fromSecret`.
 */
export interface SecretBrokerOptions {
  /**
   * TLS for Redis, Redis Sentinel or RabbitMQ. Before Airflow 3.2, RabbitMQ needs `clientCertificate` and a URL that begins
   * with `amqp://`.
   *
   * @default - the settings of the URL
   */
  readonly tls?: TlsOptions;
}

/**
 * The message broker of the Celery executor: the scheduler puts tasks into its queues, and the workers take them out.
 *
 * @see https://airflow.apache.org/docs/apache-airflow-providers-celery/stable/celery_executor.html
 */
export abstract class Broker {
  /**
   * A Redis in the cluster: one pod, with a volume unless `persistent` is false. The bootstrap Job generates its password.
   */
  public static redis(options: RedisOptions = {}): Broker {
    checkMembers('RedisOptions', options);
    return new RedisBroker(options);
  }

  /**
   * A RabbitMQ in the cluster: one pod and one volume. The bootstrap Job generates its password.
   */
  public static rabbitMq(options: RabbitMqOptions = {}): Broker {
    checkMembers('RabbitMqOptions', options);
    return new RabbitMqBroker(options);
  }

  /**
   * An existing broker.
   *
   * @param url the key that holds the URL, for example `redis://:password@host:6379/0`. Celery supports `redis://`,
   * `rediss://`, `sentinel://`, `amqp://`, `amqps://`, `sqs://` and others. Percent-encode the special characters of the
   * password.
   * @see https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/index.html
   */
  public static fromSecret(url: SecretKey, options: SecretBrokerOptions = {}): Broker {
    checkMembers('SecretBrokerOptions', options);
    return new SecretBroker(url, options);
  }

  /**
   * @param longestTask the duration of the longest task
   * @internal
   */
  public abstract _bind(context: BindContext, longestTask?: Duration): BrokerConfig;
}

class RedisBroker extends Broker {
  constructor(private readonly options: RedisOptions) {
    super();
  }

  public _bind(context: BindContext, longestTask?: Duration): BrokerConfig {
    const redis = Redis._of(context, 'redis', this.options);
    return {
      redis,
      endpoint: redis._endpoint,
      options: visibilityTimeout(context, longestTask),
      env: [redis._password._variable(PASSWORD), { name: URL, value: `redis://:$(${PASSWORD})@${redis.host}:${redis.port}/0` }],
    };
  }
}

class RabbitMqBroker extends Broker {
  constructor(private readonly options: RabbitMqOptions) {
    super();
  }

  public _bind(context: BindContext, longestTask?: Duration): BrokerConfig {
    if (longestTask !== undefined) {
      throw failure(context, "'longestTask' has no meaning for Broker.rabbitMq(), which waits for a task as long as it takes, "
        + `got ${longestTask.toSeconds()} seconds; leave it out`);
    }
    const rabbitMq = RabbitMq._of(context, 'rabbitmq', this.options);
    const { host, port, virtualHost } = rabbitMq;
    return {
      rabbitMq,
      endpoint: rabbitMq._endpoint,
      env: [
        rabbitMq._password._variable(PASSWORD),
        { name: URL, value: `amqp://${virtualHost}:$(${PASSWORD})@${host}:${port}/${virtualHost}` },
      ],
    };
  }
}

class SecretBroker extends Broker {
  constructor(private readonly url: SecretKey, private readonly options: SecretBrokerOptions) {
    super();
  }

  public _bind(context: BindContext, longestTask?: Duration): BrokerConfig {
    const { config } = context;
    const { tls } = this.options;
    const env = [this.url._variable(URL)];
    const endpoint = { id: 'broker', label: 'broker' };
    const timeout = visibilityTimeout(context, longestTask);
    if (tls === undefined) { return { env, endpoint, options: timeout }; }
    const files = tlsFiles('broker-tls', tls);
    const values = {
      ssl_active: 'True',
      ssl_cacert: files.ca,
      ssl_cert: files.certificate ?? '',
      ssl_key: files.privateKey ?? '',
      ...config._knows('celery', 'ssl_mutual_tls') && { ssl_mutual_tls: files.certificate === undefined ? 'False' : 'True' },
    };
    const options = Object.entries(values).map(([option, value]) => own('celery', option, value, "'tls' of the broker of 'executor'"));
    return { env, endpoint, options: [...timeout, ...options], parts: partsFor('broker', files.parts) };
  }
}

/** The time after which Redis or SQS hands a task to another worker. Without a value, Airflow uses its own default and logs a warning. */
function visibilityTimeout(context: BindContext, longestTask: Duration | undefined): ConfigOption[] {
  checkSeconds(context, 'longestTask', longestTask, 1);
  if (longestTask === undefined) { return []; }
  return [
    own('celery_broker_transport_options', 'visibility_timeout', `${longestTask.toSeconds() + OUTAGE}`, "'longestTask' of 'executor'"),
  ];
}
