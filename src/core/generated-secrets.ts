import { Construct } from 'constructs';
import { ObjectNames } from './names';
import { SecretKey } from '../kubernetes/secret-key';
import { failure } from '../kubernetes/validate';

/** What the bootstrap can make up: see `python/bootstrap_secrets.py`. */
export type SecretKind = 'fernet' | 'token' | 'password';

/** Collects what the bootstrap has to create, until it is made; the values exist in the cluster only. */
export class GeneratedSecrets {
  private readonly requested = new Map<string, Map<string, SecretKind>>();
  private sealed = false;

  constructor(private readonly objects: ObjectNames) {}

  /** Asks for a key of the instance's Secret of that purpose; throws where nothing would make it any more. */
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

  /** The Secrets that are asked for. */
  public get names(): string[] {
    return [...this.requested.keys()];
  }

  /** Secret name to its keys and their kinds; from then on there are no others. */
  public seal(): { [secretName: string]: { [key: string]: SecretKind } } {
    this.sealed = true;
    return Object.fromEntries([...this.requested].map(([name, keys]) => [name, Object.fromEntries(keys)]));
  }
}
