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
   * The key of the ConfigMap that holds the file.
   *
   * @default 'krb5.conf'
   */
  readonly key?: string;
}

/**
 * The source of the `krb5.conf`, which tells where the Kerberos realms are.
 *
 * @see https://web.mit.edu/kerberos/krb5-latest/doc/admin/conf_files/krb5_conf.html
 */
export class Krb5Config {
  /**
   * The text of the `krb5.conf`.
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
   * An existing ConfigMap. It must exist in every namespace of task pods.
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
  /** The principal of the ticket, for example `airflow@EXAMPLE.COM`. */
  readonly principal: string;

  /** The keytab of the principal. Its Secret must exist in every namespace of task pods; only the sidecar mounts it. */
  readonly keytab: SecretKey;

  /**
   * The configuration that tells where the realms are.
   *
   * @default - `/etc/krb5.conf` of the image, and the records in the DNS
   */
  readonly krb5Config?: Krb5Config;

  /**
   * The interval at which the sidecar renews the ticket. It must be shorter than the lifetime of the ticket.
   *
   * @default Duration.hours(1)
   */
  readonly reinitFrequency?: Duration;
}
