import { ProfileModel } from './python-module';
import { DefaultTaskPodOptions } from './task-pod-options';
import { Json } from '../kubernetes/pod';
import { renderSize } from '../kubernetes/quantity';

/** The entry of a task pod in the Python module. */
export function profileOf(
  options: DefaultTaskPodOptions, merged: Json, made: Pick<ProfileModel, 'override' | 'templateFile' | 'operatorPod'>,
): ProfileModel {
  const { description, tuneUpTo = {}, startTimeout } = options;
  const { containers } = merged.spec as { containers: { resources: Json }[] };
  const limits = Object.entries({
    cpu: tuneUpTo.cpu?.amount,
    memory: tuneUpTo.memory && renderSize(tuneUpTo.memory),
    ephemeral_storage: tuneUpTo.ephemeralStorage && renderSize(tuneUpTo.ephemeralStorage),
    gpus: tuneUpTo.gpus,
  }).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return {
    ...made,
    description,
    resources: containers[0].resources,
    limits: Object.fromEntries(limits),
    gpuResource: options.gpus?.resource,
    startTimeout: startTimeout?.toSeconds(),
  };
}
