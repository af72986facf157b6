import { Construct } from 'constructs';
import { Instance } from './instance';
import { checkVariable } from '../core/check-env';
import { failure } from '../kubernetes/validate';

/** Throws for a variable that a container of Airflow cannot have. */
export function checkAirflowVariable(scope: Construct, prop: string, { config, secrets }: Instance, name: string, value: unknown): void {
  checkVariable(scope, prop, name, value);
  if (name === '_PIP_ADDITIONAL_REQUIREMENTS') {
    throw failure(scope, `'${prop}' cannot set '${name}', since packages that every start of a pod installs come from the network as they are then; `
      + 'put them into an image, see docs/versions-and-image.md');
  }
  config._checkVariable(scope, prop, name);
  if (secrets.connections().some(variable => variable.name === name)) {
    throw failure(scope, `'${prop}' cannot set '${name}', which the Airflow has by 'addConnection' or 'addVariable'; leave one of them out`);
  }
}
