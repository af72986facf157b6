import { Construct } from 'constructs';
import { ObjectNames } from './names';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

/** The kinds of values that the bootstrap Job can generate; see `python/bootstrap_secrets.py`. */
export type SecretKind = 'fernet' | 'token' | 'password';

/** Collects the Secrets that the bootstrap Job has to create, until the Job is built. The values exist only in the cluster. */
export class GeneratedSecrets {
  private readonly requested = new Map<string, Map<string, SecretKind>>();
  /** The names of the Secrets that something else makes, in the namespace of the Airflow only. */
  private readonly announced = new Set<string>();
  private sealed = false;

  constructor(private readonly objects: ObjectNames) {}

  /**
   * Requests a key in the instance's Secret for a purpose. Throws if the bootstrap Job is already built, because nothing would create the
   * key.
   */
  public request(scope: Construct, purpose: string, key: string, kind: SecretKind): SecretKey {
    const secretName = this.objects.secret(purpose);
    const keys = this.requested.get(secretName) ?? new Map<string, SecretKind>();
    if (this.sealed && !keys.has(key)) {
      throw failure(scope, `'airflow' is complete, and nothing would make '${key}' of the Secret '${secretName}'; `
        + 'let the Airflow make by its own props what needs it');
    }
    keys.set(key, kind);
    this.requested.set(secretName, keys);
    return SecretKey.of(secretName, key);
  }

  /** Adds the name of a Secret that something else makes in the namespace of the Airflow. */
  public announce(secretName: string): void {
    this.announced.add(secretName);
  }

  /** The names of the Secrets that exist only in the namespace of the Airflow. */
  public get names(): string[] {
    return [...this.requested.keys(), ...this.announced];
  }

  /** Returns the keys of each Secret and their kinds. Further requests fail afterwards. */
  public seal(): { [secretName: string]: { [key: string]: SecretKind } } {
    this.sealed = true;
    return Object.fromEntries([...this.requested].map(([name, keys]) => [name, Object.fromEntries(keys)]));
  }
}
