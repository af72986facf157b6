import { Construct } from 'constructs';
import { AirflowVersion } from './airflow-version';
import { ConfigOption } from './answer';
import { isForeign, isFree, isSensitive, isTabled, optionProblem, optionsOf, sectionOf, splitName, variableName } from './config-table';
import { hasSecret, holdsSecret, isCredential } from './secret-names';
import { failure } from '../kubernetes/validate';

interface Setting {
  /** Undefined if a Secret sets the option. The function returns undefined if Airflow's default holds. */
  readonly value?: () => string | undefined;
  /** The prop that decides the option, if the library sets the option. */
  readonly prop?: string;
  /** What to do instead, if the name of the prop does not tell it. */
  readonly instead?: string;
}

/**
 * The options of `airflow.cfg`, as section, option and value. Each option is checked against the version of Airflow.
 *
 * @see https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html
 */
export class AirflowConfig {
  /**
   * The name of the environment variable that sets an option.
   */
  public static variableName(section: string, option: string): string {
    return variableName(section, option);
  }

  private readonly settings = new Map<string, Setting>();
  private readonly defaults = new Map<string, string>();
  /** The options that components have read. They must not change afterwards. */
  private readonly read = new Set<string>();
  /** The options that a variable of any pod sets. */
  private readonly variables = new Set<string>();

  /**
   * An empty configuration.
   *
   * @param scope the construct that errors name
   * @param version the version of Airflow, which decides which options exist
   */
  constructor(private readonly scope: Construct, private readonly version: AirflowVersion) {}

  /**
   * Sets an option.
   *
   * @param value the plain value; do not double `%`; Airflow replaces `$NAME` when it reads the option
   * @throws when the version does not know the option, when the value is a secret, when the option has a prop of its own, when it is
   * already set, or when a component has already read it
   */
  public set(section: string, option: string, value: string): void {
    const name = `${section}.${option}`;
    if (typeof value !== 'string') {
      throw failure(this.scope, `'config.${name}' must be a string, got ${typeof value}; put the value into quotes`);
    }
    // In Airflow, `<option>_cmd` or `<option>_secret` would set the value of the option.
    const other = this.settings.get(name) ?? this.settings.get(name.replace(/_(cmd|secret)$/, ''));
    const sensitive = isSensitive(this.version, section, option) && !isOpen(option, value);
    const secret = sensitive || this.holdsSecret(section, option, value);
    if (other?.prop !== undefined) {
      const got = secret ? '' : `, got '${value}'`;
      throw failure(this.scope, `'config.${name}' cannot be set${got}; ${decider(other)}`);
    }
    if (secret) {
      throw failure(
        this.scope,
        `'config.${name}' would put a secret into a ConfigMap; set ${AirflowConfig.variableName(section, option)} in 'pods.env' `
          + `from a Secret${sensitive ? `, or use ${option}_cmd or ${option}_secret` : ''}`,
      );
    }
    if (other !== undefined) {
      throw failure(this.scope, `'config.${name}' is set twice, to '${other.value?.()}' and to '${value}'; leave one of them out`);
    }
    if (/\n\s*[#;]/.test(value)) {
      throw failure(this.scope, `'config.${name}' must not have a line after the first that begins with '#' or ';', `
        + `since airflow.cfg has it for a comment, got '${value}'`);
    }
    if (this.read.has(name)) {
      throw failure(this.scope, `'config.${name}' is set too late, to '${value}': a component has read it; pass it in the prop 'config'`);
    }
    this.add(name, { value: () => value }, `'config.${name}'`);
  }

  /**
   * The value of an option in the rendered `airflow.cfg`.
   *
   * @returns undefined if Airflow's own default holds
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
      const [section, option] = splitName(name);
      const value = this.valueOf(name);
      if (value === undefined) { continue; }
      const lines = sections.get(section) ?? [];
      lines.push(`${option} = ${value.replace(/%/g, '%%').replace(/\n/g, '\n    ')}`);
      sections.set(section, lines);
    }
    return [...sections].map(([section, lines]) => `[${section}]\n${lines.join('\n')}\n`).join('\n');
  }

  /**
   * Sets an option that a prop decides. Without a value, a Secret in the environment sets it.
   *
   * @internal
   */
  public _own({ section, option, value, prop, instead }: ConfigOption & { readonly prop: string }): void {
    this.add(`${section}.${option}`, { value: typeof value === 'string' ? () => value : value, prop, instead }, prop);
  }

  /**
   * Sets a default, which `set` may replace.
   *
   * @internal
   */
  public _default(section: string, option: string, value: string): void {
    if (this._knows(section, option)) {
      this.defaults.set(`${section}.${option}`, value);
    }
  }

  /**
   * Sets the options of the choices.
   *
   * @internal
   */
  public _apply(options: ConfigOption[]): void {
    for (const option of options) {
      const { prop } = option;
      if (prop !== undefined) {
        this._own({ ...option, prop });
      } else {
        this._default(option.section, option.option, option.value as string);
      }
    }
  }

  /**
   * The options that are set although no table lists them. This is possible only for an untested version.
   *
   * @internal
   */
  public get _untabled(): string[] {
    return [...this.settings.keys()].filter(name => !isTabled(this.version, ...splitName(name))).sort();
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
   * Returns the same value as `get`, for a component that relies on it. Afterwards the option can no longer be set.
   *
   * @internal
   */
  public _pin(section: string, option: string): string | undefined {
    this.read.add(`${section}.${option}`);
    return this.get(section, option);
  }

  /**
   * Throws for an environment variable that would silently replace an option that a prop or `config` sets, or that a component has read.
   *
   * @internal
   */
  public _checkVariable(scope: Construct, prop: string, name: string): void {
    const parts = /^AIRFLOW__(.+?)__(.+?)(_CMD|_SECRET)?$/.exec(name);
    if (parts === null) { return; }
    const section = this.sectionOf(parts[1].toLowerCase());
    // `_CMD` or `_SECRET` is either a part of the option's own name, or tells where its value comes from.
    const options = [`${parts[2]}${parts[3] ?? ''}`, parts[2]].map(option => option.toLowerCase());
    for (const option of options) {
      this.variables.add(variableName(section, option));
      const setting = this.settings.get(`${section}.${option}`);
      if (setting !== undefined) {
        throw failure(
          scope,
          `'${prop}' cannot set '${name}'; ${decider({ ...setting, prop: setting.prop ?? `'config.${section}.${option}'` })}`,
        );
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
   * Whether an environment variable of any pod sets an option, so that `get` does not know its value.
   */
  public hasVariable(section: string, option: string): boolean {
    return this.variables.has(variableName(section, option));
  }

  /**
   * Whether an environment variable names the source of an option's value instead of the value, for example
   * `AIRFLOW__SMTP__SMTP_PASSWORD_SECRET`.
   *
   * @internal
   */
  public _isIndirect(name: string): boolean {
    const [section, option] = this._optionOf(name.toUpperCase()) ?? [];
    return section !== undefined && /_(cmd|secret)$/.test(option!) && !this._options(section).includes(option!);
  }

  /**
   * The section and the option that an environment variable names; undefined for a variable that names none.
   *
   * @internal
   */
  public _optionOf(variable: string): [section: string, option: string] | undefined {
    const [, part, option] = /^AIRFLOW__(.+?)__(.+)$/.exec(variable)?.map(text => text.toLowerCase()) ?? [];
    return part === undefined ? undefined : [this.sectionOf(part), option];
  }

  /** The section that a variable has as this part of its name. */
  private sectionOf(part: string): string {
    return sectionOf(this.version, part, [...this.settings.keys()].map(name => splitName(name)[0]));
  }

  /** Whether a value is a secret although Airflow does not list the option as sensitive. */
  private holdsSecret(section: string, option: string, value: string): boolean {
    const indirect = isSensitive(this.version, section, option.replace(/_(cmd|secret)$/, ''));
    return holdsSecret(value, REFERENCES) || (isFree(section) && isCredential(option) && !indirect);
  }

  private valueOf(name: string): string | undefined {
    return this.settings.get(name)?.value?.() ?? this.defaults.get(name);
  }

  private add(name: string, setting: Setting, what: string): void {
    const [section, option] = splitName(name);
    const problem = optionProblem(this.version, section, option);
    if (problem !== undefined) { throw failure(this.scope, `${what}: '${name}' ${problem}`); }
    this.settings.set(name, setting);
  }
}

/** Text that is replaced later: `$NAME` by a variable, `%s` by a command. */
const REFERENCES = /\$(\w+|\{\w+\})|%(\(\w+\))?s/g;

/** Whether the value of an option that Airflow lists as sensitive contains no secret. Such options hold arguments as JSON. */
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
