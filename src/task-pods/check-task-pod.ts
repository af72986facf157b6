import { Construct } from 'constructs';
import { DefaultTaskPodOptions } from './task-pod-options';
import { checkRenderedPod } from '../kubernetes/admission';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { checkWholeBytes, parseQuantity, renderSize } from '../kubernetes/quantity';

interface Resources { readonly requests?: Json; readonly limits?: Json }

/** Throws for errors that would appear only when a task starts, and for tuning limits below the resources of the pod. */
export function checkTaskPod(scope: Construct & { readonly _options: DefaultTaskPodOptions }, pod: Json): void {
  const { restartPolicy, containers: [base] } = pod.spec as { restartPolicy?: string; containers: { resources?: Resources }[] };
  gather(scope, problems => {
    if (restartPolicy !== 'Never') {
      problems.add(`'spec.restartPolicy' of a task pod must be Never, got '${restartPolicy}'; Airflow decides when a task is tried again`);
    }
    problems.check(() => checkRenderedPod(scope, pod));
    const { memory, ephemeralStorage } = scope._options.tuneUpTo ?? {};
    for (const [name, size] of Object.entries({ memory, ephemeralStorage })) {
      problems.check(() => checkWholeBytes(scope, `tuneUpTo.${name}`, size));
    }
    // The checks above have thrown for anything that is not a quantity, so the amounts can be compared.
    checkTuning(problems, scope._options, base.resources ?? {});
  });
}

function checkTuning(problems: Problems, { tuneUpTo, gpus }: DefaultTaskPodOptions, { requests = {}, limits = {} }: Resources): void {
  const { cpu, memory, ephemeralStorage, gpus: most } = tuneUpTo ?? {};
  const check = (keyword: string, limit: string | undefined, own: unknown[]) => {
    const beyond = own.find(amount => parseQuantity(amount)! > parseQuantity(limit)!);
    if (beyond !== undefined) {
      problems.add(
        `'tuneUpTo.${keyword}' must be at least what the task pod has itself, ${beyond as string}, got ${limit}; `
          + 'raise it, or leave it out',
      );
    }
  };
  check('cpu', cpu?.amount, [requests.cpu]);
  check('memory', memory && renderSize(memory), [requests.memory, limits.memory]);
  check('ephemeralStorage', ephemeralStorage && renderSize(ephemeralStorage), [
    requests['ephemeral-storage'],
    limits['ephemeral-storage'],
  ]);
  check('gpus', most?.toString(), gpus === undefined ? [] : [limits[gpus.resource]]);
}
