import * as kplus from 'cdk8s-plus-27';
import { CommonPodOptions } from './common-pod-options';
import { completeResources } from '../kubernetes/complete-resources';
import { Json } from '../kubernetes/pod';
import { renderResources } from '../kubernetes/render';

/** The resources of a helper container: the default, completed by what the instance says of all helpers. */
export function helperResources({ helperResources: own }: CommonPodOptions, defaults: kplus.ContainerResources): Json {
  return renderResources(completeResources(own, defaults));
}
