import * as kplus from 'cdk8s-plus-27';

/**
 * Environment variables with literal values.
 */
export class Env {
  /**
   * Literal values for an `env` of this library or of cdk8s-plus: `Env.of({ LOG_LEVEL: 'debug' })`.
   *
   * Combine them with other values by spreading: `{ ...Env.of({ LOG_LEVEL: 'debug' }), TOKEN: SecretKey.of('app',
   * 'token').toEnvValue() }`.
   *
   * @throws when a value is not a string
   */
  public static of(values: { readonly [name: string]: string }): { [name: string]: kplus.EnvValue } {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => {
      // JavaScript has no compiler to find this. The YAML would hold a number or a boolean, which Kubernetes refuses.
      if (typeof value !== 'string') { throw new Error(`'${name}' must be a text, got ${JSON.stringify(value)}; put it in quotes`); }
      return [name, kplus.EnvValue.fromValue(value)];
    }));
  }

  /**
   * Declares that a literal value is not a secret, because the library refuses a literal value for a variable that is named
   * like a secret: `{ SSO_TOKEN: Env.notSecret('https://sso.example.com/token') }`.
   */
  public static notSecret(value: string): kplus.EnvValue {
    const literal = kplus.EnvValue.fromValue(value);
    NOT_SECRET.add(literal);
    return literal;
  }

  private constructor() {}
}

const NOT_SECRET = new WeakSet<kplus.EnvValue>();

/** The literal text if it may be a secret; undefined for a reference and for `Env.notSecret`. */
export function literalOf(value: kplus.EnvValue): string | undefined {
  return NOT_SECRET.has(value) ? undefined : value.value as string | undefined;
}
