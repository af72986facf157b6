import * as kplus from 'cdk8s-plus-27';
import type { EnvVar, Json } from './pod';
import { isSubdomain } from './validate';

/**
 * One key of a Secret. The library refers in this way to every value that must not be in the YAML.
 *
 * A `SecretKey` is plain data and not a construct, so several of them can name the same Secret.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/
 */
export class SecretKey {
  /**
   * A key of the Secret with this name, in the namespace of the pods that use it.
   *
   * @param secretName the name of the Secret
   * @param key the key in the Secret's data
   * @throws when `secretName` is not a valid Secret name, or `key` is not a valid key
   */
  public static of(secretName: string, key: string): SecretKey {
    return new SecretKey(secretName, key);
  }

  /**
   * A key of a cdk8s-plus Secret, for example one that the same app creates.
   *
   * @param secret the Secret
   * @param key the key in the Secret's data
   * @throws when `key` is not a valid key of a Secret
   */
  public static fromSecret(secret: kplus.ISecret, key: string): SecretKey {
    return new SecretKey(secret.name, key);
  }

  private constructor(
    /** The name of the Secret. */
    public readonly secretName: string,
    /** The key in the Secret's data. */
    public readonly key: string,
  ) {
    if (!isSubdomain(secretName)) {
      throw new Error("'secretName' must be a name of a Secret, of at most 253 lowercase letters, digits, '-' and '.', "
        + `beginning and ending with a letter or digit, got '${secretName}'`);
    }
    if (!/^(?!\.{1,2}$|\.\.)[-.\w]{1,253}$/.test(key)) {
      throw new Error(`'key' of the Secret '${secretName}' must be at most 253 letters, digits, '-', '_' and '.', `
        + `and must not begin with '..' or be '.', got '${key}'`);
    }
  }

  /**
   * The value as an environment variable, for every `env` of this library and of cdk8s-plus.
   */
  public toEnvValue(): kplus.EnvValue {
    // cdk8s-plus reads only the name of the Secret.
    return kplus.EnvValue.fromSecretValue({ secret: { name: this.secretName } as kplus.ISecret, key: this.key });
  }

  /**
   * An environment variable.
   *
   * @internal
   */
  public _variable(name: string): EnvVar {
    return { name, valueFrom: { secretKeyRef: { name: this.secretName, key: this.key } } };
  }
}

/** The sources of a projected volume with keys of Secrets as files, one source for each Secret. */
export function secretFiles(...files: (readonly [key: SecretKey, path: string])[]): Json[] {
  const names = [...new Set(files.map(([{ secretName }]) => secretName))];
  return names.map(name => ({
    secret: { name, items: files.filter(([{ secretName }]) => secretName === name).map(([{ key }, path]) => ({ key, path })) },
  }));
}
