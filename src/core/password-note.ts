import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { SecretKey } from '../kubernetes/secret-key';

/** Tells how to read a password that the bootstrap Job created. */
export function passwordNote(scope: IConstruct, what: string, { secretName, key }: SecretKey): string {
  return `${what}:\n  kubectl --namespace ${Chart.of(scope).namespace} get secret ${secretName}`
    + ` --output go-template='{{index .data "${key}" | base64decode}}'`;
}
