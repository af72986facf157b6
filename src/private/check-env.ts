import { Construct } from 'constructs';
import { Instance } from './instance';
import { holdsPassword } from './secret-names';
import { checkEnvName, failure } from './validate';

/** Throws for a variable that a container of Airflow cannot have. */
export function checkAirflowVariable(scope: Construct, prop: string, { config, secrets }: Instance, name: string, value: unknown): void {
  checkVariable(scope, prop, name, value);
  if (name === '_PIP_ADDITIONAL_REQUIREMENTS') {
    throw failure(scope, `'${prop}' cannot set '${name}', since packages that every start of a pod installs come from the network as they are then; `
      + 'put them into an image, see docs/versions-and-image.md');
  }
  config._checkVariable(scope, prop, name);
  if (secrets.connections.some(variable => variable.name === name)) {
    throw failure(scope, `'${prop}' cannot set '${name}', which the Airflow has by 'addConnection' or 'addVariable'; leave one of them out`);
  }
}

/** Throws for a variable that no container can have, whatever it runs. */
export function checkVariable(scope: Construct, prop: string, name: string, value: unknown): void {
  checkEnvName(scope, prop, name);
  if (typeof value === 'string' && holdsPassword(value)) {
    throw failure(scope, `'${prop}' must not have a password in '${name}', since everyone who reads the YAML would have it; `
      + `take it from a Secret (EnvValue.fromSecretValue, in a file 'secretKeyRef')${name.startsWith('AIRFLOW_CONN_') ? ", or use 'addConnection'" : ''}`);
  }
}
