import {
  CsiKeysOptions,
  ExternalKeysOptions,
  GeneratedKeysOptions,
  GivenKeysOptions,
  SecretsBackendsOptions,
} from './airflow-secrets-options';
import { bindCsi, checkCsi } from './csi-keys';
import { bindExternal, checkExternal } from './external-keys';
import { bindKeys, BoundKeys, checkFernet, generatedKey, Keys, KeysConfig, mapKeys } from './keys';
import { BindContext } from '../core/bind-context';
import { checkMembers } from '../kubernetes/members';
import { gather } from '../kubernetes/problems';
import { SecretKey } from '../kubernetes/secret-key';

/**
 * Where the keys are that Airflow signs and encrypts with, and where it looks up connections and variables.
 */
export abstract class AirflowSecrets {
  /**
   * Keys that the bootstrap Job generates once, in the cluster, in the Secret `<instance>-keys`.
   *
   * @throws when a name is no key of a Secret, or when the steps of a change contradict each other
   */
  public static bootstrap(options: GeneratedKeysOptions = {}): AirflowSecrets {
    checkMembers('GeneratedKeysOptions', options);
    gather(undefined, problems => checkFernet(problems, options.fernetKey, name => `'${name}'`));
    return new Choice(options, [], context => bindKeys(context, mapKeys(options, (name, key) => generatedKey(context, name, key))));
  }

  /**
   * Keys in Secrets that you keep. The bootstrap Job generates each key that is left out.
   *
   * @throws when the steps of a change contradict each other
   */
  public static fromSecrets(options: GivenKeysOptions): AirflowSecrets {
    checkMembers('GivenKeysOptions', options);
    const textOf = ({ secretName, key }: SecretKey) => `'${key}' of the Secret '${secretName}'`;
    gather(undefined, problems => checkFernet(problems, options.fernetKey, textOf));
    return new Choice(options, given(options), context => bindKeys(context, options));
  }

  /**
   * Keys, connections and variables in a store that External Secrets Operator reads. The library writes the ExternalSecret objects; the
   * operator writes the Secrets.
   *
   * @throws when a reference to the store is not valid
   * @see https://external-secrets.io
   */
  public static externalSecrets(options: ExternalKeysOptions): AirflowSecrets {
    checkMembers('ExternalKeysOptions', options);
    checkExternal(options);
    return new Choice(options, given(options), context => bindExternal(context, options));
  }

  /**
   * Keys, connections and variables in a store that the Secrets Store CSI Driver reads. The library writes the SecretProviderClass
   * objects; the driver puts the values into the pods that need them, as files.
   *
   * @throws when a reference to the store is not valid
   * @see https://secrets-store-csi-driver.sigs.k8s.io
   */
  public static csi(options: CsiKeysOptions): AirflowSecrets {
    checkMembers('CsiKeysOptions', options);
    checkCsi(options);
    return new Choice(options, given(options), context => bindCsi(context, options), options.provider._usesIdentity);
  }

  /**
   * The keys that exist outside the cluster or in a Secret that someone keeps, so that another Airflow can have the same.
   *
   * @internal
   */
  public abstract readonly _given: (keyof Keys<unknown>)[];

  /**
   * Whether the identity of the pods reads the keys.
   *
   * @internal
   */
  public abstract readonly _usesIdentity: boolean;

  /**
   * @internal
   */
  public abstract _bind(context: BindContext): KeysConfig;
}

/** A choice, with the function that binds its keys. */
class Choice extends AirflowSecrets {
  constructor(
    private readonly stores: SecretsBackendsOptions,
    public readonly _given: (keyof Keys<unknown>)[],
    private readonly bind: (context: BindContext) => BoundKeys,
    public readonly _usesIdentity = false,
  ) {
    super();
  }

  public _bind(context: BindContext): KeysConfig {
    const { backend, taskBackend } = this.stores;
    return { ...this.bind(context), backend, taskBackend };
  }
}

function given(keys: Keys<unknown>): (keyof Keys<unknown>)[] {
  return (['fernetKey', 'jwtSecret', 'secretKey'] as const).filter(name => keys[name] !== undefined);
}
