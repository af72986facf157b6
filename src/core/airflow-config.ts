import { Construct } from 'constructs';
import { AirflowVersion } from './airflow-version';
import { ConfigOption } from './answer';
import { isForeign, isFree, isSensitive, isTabled, optionProblem, optionsOf } from './config-table';
import { hasSecret, holdsSecret, isCredential } from './secret-names';
import { failure } from '../kubernetes/validate';

interface Setting {
  /** Undefined where a Secret sets the option; what it gives is undefined where Airflow's default holds. */
  readonly value?: () => string | undefined;
  /** The prop that decides the option, where the library sets it. */
  readonly prop?: string;
  /** What the reader does instead, where the prop alone does not say it. */
  readonly instead?: string;
}

/**
 * The options of Airflow: section, option, value; checked against the version.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
 */
export class AirflowConfig {
  /**
   * The environment variable that sets an option.
   */
  public static variableName(section: string, option: string): string {
    return `AIRFLOW__${section.toUpperCase()}__${option.toUpperCase()}`;
  }

  private readonly settings = new Map<string, Setting>();
  private readonly defaults = new Map<string, string>();
  /** What components have asked for by name, so that it cannot change behind their backs. */
  private readonly read = new Set<string>();

  /**
   * An empty configuration.
   *
   * @param scope names the construct in errors
   * @param version decides which options exist
   */
  constructor(private readonly scope: Construct, private readonly version: AirflowVersion) {}

  /**
   * Sets an option.
   *
   * @param value the plain value; `%` needs no doubling, `$NAME` is replaced by Airflow when it reads the option
   * @throws when the version does not know the option, when its value is a secret, when it has a prop of its own, when it is set already, or when a component has read it
   */
  public set(section: string, option: string, value: string): void {
    const name = `${section}.${option}`;
    if (typeof value !== 'string') { throw failure(this.scope, `'config.${name}' must be a string, got ${typeof value}; put the value into quotes`); }
    // An option_cmd or option_secret would decide in place of the option.
    const other = this.settings.get(name) ?? this.settings.get(name.replace(/_(cmd|secret)$/, ''));
    const sensitive = isSensitive(this.version, section, option) && !isOpen(option, value);
    const secret = sensitive || this.holdsSecret(section, option, value);
    if (other?.prop !== undefined) {
      const got = secret ? '' : `, got '${value}'`;
      throw failure(this.scope, `'config.${name}' cannot be set${got}; ${decider(other)}`);
    }
    if (secret) {
      throw failure(this.scope, `'config.${name}' would put a secret into a ConfigMap; set ${AirflowConfig.variableName(section, option)} in 'pods.env' `
        + `from a Secret${sensitive ? `, or use ${option}_cmd or ${option}_secret` : ''}`);
    }
    if (other !== undefined) {
      throw failure(this.scope, `'config.${name}' is set twice, to '${other.value?.()}' and to '${value}'; leave one of them out`);
    }
    if (/\n\s*[#;]/.test(value)) {
      throw failure(this.scope, `'config.${name}' must not have a line after the first that begins with '#' or ';', since airflow.cfg has it for a comment, got '${value}'`);
    }
    if (this.read.has(name)) {
      throw failure(this.scope, `'config.${name}' is set too late, to '${value}': a component has read it; pass it in the prop 'config'`);
    }
    this.add(name, { value: () => value }, `'config.${name}'`);
  }

  /**
   * The value that is rendered for an option.
   *
   * @returns undefined where Airflow's own default holds
   */
  public get(section: string, option: string): string | undefined {
    return this.valueOf(`${section}.${option}`);
  }

  /**
   * The configuration as the text of an `airflow.cfg`.
   */
  public toCfg(): string {
    const sections = new Map<string, string[]>();
    const names = new Set([...this.settings.keys(), ...this.defaults.keys()]);
    for (const name of [...names].sort()) {
      const [section, option] = split(name);
      const value = this.valueOf(name);
      if (value === undefined) { continue; }
      const lines = sections.get(section) ?? [];
      lines.push(`${option} = ${value.replace(/%/g, '%%').replace(/\n/g, '\n    ')}`);
      sections.set(section, lines);
    }
    return [...sections].map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`).join('\n');
  }

  /**
   * An option that a prop decides; without a value it is set by a Secret in the environment.
   *
   * @internal
   */
  public _own({ section, option, value, prop, instead }: ConfigOption & { readonly prop: string }): void {
    this.add(`${section}.${option}`, { value: typeof value === 'string' ? () => value : value, prop, instead }, prop);
  }

  /**
   * A default that `set` may replace.
   *
   * @internal
   */
  public _default(section: string, option: string, value: string): void {
    if (this._knows(section, option)) {
      this.defaults.set(`${section}.${option}`, value);
    }
  }

  /**
   * Sets what a choice settles.
   *
   * @internal
   */
  public _apply(options: ConfigOption[]): void {
    for (const option of options) {
      const { prop } = option;
      if (prop !== undefined) { this._own({ ...option, prop }); } else { this._default(option.section, option.option, option.value as string); }
    }
  }

  /**
   * What is set though no table has it, which is possible for an untested version alone.
   *
   * @internal
   */
  public get _untabled(): string[] {
    return [...this.settings.keys()].filter(name => !isTabled(this.version, ...split(name))).sort();
  }

  /**
   * The options that the version has in a section.
   *
   * @internal
   */
  public _options(section: string): string[] {
    return optionsOf(this.version, section);
  }

  /**
   * Whether the version has an option.
   *
   * @internal
   */
  public _knows(section: string, option: string): boolean {
    return optionProblem(this.version, section, option) === undefined;
  }

  /**
   * Whether the library has set an option, which the user could have set otherwise.
   *
   * @internal
   */
  public _isDefault(section: string, option: string): boolean {
    const name = `${section}.${option}`;
    return this.defaults.has(name) && !this.settings.has(name);
  }

  /**
   * What `get` answers, for a component that relies on it: the option can then no longer be set.
   *
   * @internal
   */
  public _pin(section: string, option: string): string | undefined {
    this.read.add(`${section}.${option}`);
    return this.get(section, option);
  }

  /**
   * Refuses a variable that would quietly replace an option which a prop or `config` sets, or which a component has to know.
   *
   * @internal
   */
  public _checkVariable(scope: Construct, prop: string, name: string): void {
    const parts = /^AIRFLOW__(.+?)__(.+?)(_CMD|_SECRET)?$/.exec(name);
    if (parts === null) { return; }
    const section = parts[1].toLowerCase();
    // The ending belongs to the option's own name, or says where its value comes from.
    const options = [`${parts[2]}${parts[3] ?? ''}`, parts[2]].map(option => option.toLowerCase());
    for (const option of options) {
      const setting = this.settings.get(`${section}.${option}`);
      if (setting !== undefined) {
        throw failure(scope, `'${prop}' cannot set '${name}'; ${decider({ ...setting, prop: setting.prop ?? `'config.${section}.${option}'` })}`);
      }
      if (this.read.has(`${section}.${option}`)) {
        throw failure(scope, `'${prop}' cannot set '${name}', which a component has to know; set 'config.${section}.${option}' instead`);
      }
    }
    const problems = options.map(option => optionProblem(this.version, section, option));
    if (!problems.includes(undefined) && !options.every(option => isForeign(this.version, section, option))) {
      throw failure(scope, `'${prop}' cannot set '${name}': '${section}.${options[1]}' ${problems[1]}`);
    }
  }

  /**
   * Whether a variable says where the value of an option comes from, and is not the value: `AIRFLOW__SMTP__SMTP_PASSWORD_SECRET`.
   *
   * @internal
   */
  public _isIndirect(name: string): boolean {
    const [, section, option] = /^AIRFLOW__(.+?)__(.+_(?:CMD|SECRET))$/.exec(name.toUpperCase())?.map(part => part.toLowerCase()) ?? [];
    return section !== undefined && !this._options(section).includes(option);
  }

  /** Whether it is one though Airflow does not say so. */
  private holdsSecret(section: string, option: string, value: string): boolean {
    const indirect = isSensitive(this.version, section, option.replace(/_(cmd|secret)$/, ''));
    return holdsSecret(value, REFERENCES) || (isFree(section) && isCredential(option) && !indirect);
  }

  private valueOf(name: string): string | undefined {
    return this.settings.get(name)?.value?.() ?? this.defaults.get(name);
  }

  private add(name: string, setting: Setting, what: string): void {
    const [section, option] = split(name);
    const problem = optionProblem(this.version, section, option);
    if (problem !== undefined) { throw failure(this.scope, `${what}: '${name}' ${problem}`); }
    this.settings.set(name, setting);
  }
}

/** `$NAME` is a variable, and a command fills in `%s`. */
const REFERENCES = /\$(\w+|\{\w+\})|%(\(\w+\))?s/g;

/** Whether an option that Airflow takes for a secret has none in it: it is the arguments of something, as JSON. */
function isOpen(option: string, value: string): boolean {
  if (!/_(kw)?args$/.test(option)) { return false; }
  try {
    const json = JSON.parse(value) as unknown;
    return typeof json === 'object' && json !== null && !hasSecret('', json, REFERENCES);
  } catch {
    return false;
  }
}

function decider({ prop, instead }: Setting): string {
  return `${prop} decides it${instead === undefined ? '' : `: ${instead}`}`;
}

function split(name: string): [string, string] {
  const dot = name.lastIndexOf('.'); // a section can be called providers.odbc
  return [name.slice(0, dot), name.slice(dot + 1)];
}
