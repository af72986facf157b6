import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { ConfigMaps } from './config-maps';
import { checkMembers } from '../kubernetes/members';
import { SecretKey } from '../kubernetes/secret-key';

/**
 * Options of a `krb5.conf` in a ConfigMap.
 */
export interface Krb5ConfigMapOptions {
  /**
   * The key that holds it.
   *
   * @default 'krb5.conf'
   */
  readonly key?: string;
}

/**
 * Where the `krb5.conf` comes from, which says where the realms are.
 *
 * @see https://web.mit.edu/kerberos/krb5-latest/doc/admin/conf_files/krb5_conf.html
 */
export class Krb5Config {
  /**
   * Its text.
   *
   * @throws when the text has no section
   */
  public static fromText(text: string): Krb5Config {
    if (!/^\s*\[\w+\]/m.test(text)) {
      throw new Error(`'text' must be that of a krb5.conf, with a section like [libdefaults], got '${text}'`);
    }
    return new Krb5Config(configMaps => ({ name: configMaps.create('krb5', () => ({ 'krb5.conf': text })).name }));
  }

  /**
   * A ConfigMap that exists, in every namespace of task pods.
   */
  public static fromConfigMap(configMap: kplus.IConfigMap, options: Krb5ConfigMapOptions = {}): Krb5Config {
    checkMembers('Krb5ConfigMapOptions', options);
    return new Krb5Config(() => ({ name: configMap.name, items: [{ key: options.key ?? 'krb5.conf', path: 'krb5.conf' }] }));
  }

  private constructor(private readonly configMap: (configMaps: ConfigMaps) => object) {}

  /**
   * @internal
   */
  public _bind(configMaps: ConfigMaps): object {
    return this.configMap(configMaps);
  }
}

/**
 * A Kerberos ticket for tasks.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/security/kerberos.html
 */
export interface KerberosOptions {
  /** Whose ticket it is, for example `airflow@EXAMPLE.COM`. */
  readonly principal: string;

  /** The keytab of the principal. Its Secret must exist in every namespace of task pods; only the sidecar mounts it. */
  readonly keytab: SecretKey;

  /**
   * Where the realms are.
   *
   * @default - `/etc/krb5.conf` of the image, and what the DNS knows
   */
  readonly krb5Config?: Krb5Config;

  /**
   * How often the ticket is renewed; more often than it expires.
   *
   * @default Duration.hours(1)
   */
  readonly reinitFrequency?: Duration;
}
