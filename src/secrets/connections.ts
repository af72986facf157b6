import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { AirflowConnection } from './airflow-connection';
import { holdsSecret, isCredential } from '../core/secret-names';
import { literalOf } from '../kubernetes/env';
import { EnvVar } from '../kubernetes/pod';
import { renderEnv } from '../kubernetes/render';
import { failure } from '../kubernetes/validate';

/** The connections and variables that an Airflow receives as environment variables. Pods read them at synthesis. */
export class Connections {
  public readonly env: EnvVar[] = [];

  constructor(private readonly scope: Construct) {}

  public add(id: string, connection: AirflowConnection): void {
    this.name('id', 'connection', 'AIRFLOW_CONN_', id);
    const bound = connection._bind(id);
    if (bound.env.length === 0) {
      throw failure(
        this.scope,
        `'connection' must be a new one for '${id}', got AirflowConnection.fromId('${bound.id}'), which Airflow has already; `
          + 'use AirflowConnection.fromSecret or AirflowConnection.withoutSecret, or leave it out',
      );
    }
    this.env.push(...bound.env);
  }

  public addVariable(key: string, value: kplus.EnvValue): void {
    const name = this.name('key', 'variable', 'AIRFLOW_VAR_', key);
    const literal = literalOf(value);
    if (literal !== undefined && (isCredential(key) || holdsSecret(literal))) {
      const why = isCredential(key) ? 'it is called like one' : 'there is one in it';
      throw failure(
        this.scope,
        `'value' of the variable '${key}' must refer to a Secret, since ${why}, got a literal value; use SecretKey.of(...).toEnvValue(), `
          + 'or Env.notSecret(...) for what is none',
      );
    }
    this.env.push(...renderEnv({ [name]: value }));
  }

  private name(prop: string, what: string, prefix: string, id: string): string {
    if (!/^[\w.-]+$/.test(id)) {
      throw failure(
        this.scope,
        `'${prop}' of a ${what} must be of letters, digits, '_', '-' and '.', since it becomes the name of an environment variable, `
          + `got '${id}'; rename it, or keep it in the database of Airflow or a secrets backend`,
      );
    }
    const name = `${prefix}${id.toUpperCase()}`;
    if (this.env.some(other => other.name === name)) {
      throw failure(
        this.scope,
        `'${prop}' must be that of one ${what}, whatever the case of its letters, got '${id}' again; leave one of them out`,
      );
    }
    return name;
  }
}
