import { Construct } from 'constructs';
import { holdsPassword } from './secret-names';
import { checkEnvName, failure } from '../kubernetes/validate';

/** Throws for a variable that no container can have, whatever it runs. */
export function checkVariable(scope: Construct, prop: string, name: string, value: unknown): void {
  checkEnvName(scope, prop, name);
  if (typeof value === 'string' && holdsPassword(value)) {
    throw failure(scope, `'${prop}' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + `take it from a Secret (SecretKey.of(...).toEnvValue(), in a file 'secretKeyRef')${name.startsWith('AIRFLOW_CONN_') ? ", or use 'addConnection'" : ''}`);
  }
}
