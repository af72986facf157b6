import { Construct } from 'constructs';
import { AirflowVersion } from './airflow-version';
import { failure } from '../kubernetes/validate';

/** Throws unless what the prop is for exists in the version. */
export function requireAirflow(scope: Construct, version: AirflowVersion, major: 2 | 3, prop: string, instead: string): void {
  if (version.major !== major) {
    throw failure(scope, `'${prop}' exists in Airflow ${major}, but the version is ${version.release}; ${instead}`);
  }
}
