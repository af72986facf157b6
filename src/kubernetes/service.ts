import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { familyPatches, IpFamily } from './ip-family';
import { failure } from './validate';

/**
 * Requests the addresses of a Service, and removes an empty list that the API server drops. With it, every apply would look like a change.
 */
export function plainService(service: kplus.Service, family: IpFamily | undefined): kplus.Service {
  if (!/^[a-z]/.test(service.name)) {
    throw failure(service, `'name' of the Airflow must begin with a letter, since the name of a Service does, got '${service.name}'; `
      + 'set it, or use another id for the Chart');
  }
  ApiObject.of(service).addJsonPatch(JsonPatch.remove('/spec/externalIPs'), ...familyPatches(family));
  return service;
}
