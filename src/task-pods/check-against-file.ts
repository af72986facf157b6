import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { DefaultTaskPodOptions } from './task-pod-options';
import { TemplateConfig } from './task-pod-template';
import { evictionAnnotations } from '../core/labels';
import { Json } from '../kubernetes/pod';
import { gather, Problems } from '../kubernetes/problems';
import { failure } from '../kubernetes/validate';

type Spec = Json & { readonly containers?: Json[]; readonly securityContext?: Json };
type Pair = readonly [prop: string, given: unknown, inFile: unknown];

/**
 * Throws when a task pod and the file of its template both set a field, because one value would be lost.
 *
 * @param options the options of the task pod, including those of its base; `own` are the options of the task pod alone
 */
export function checkAgainstFile(scope: Construct, options: DefaultTaskPodOptions, own: DefaultTaskPodOptions): void {
  const { file, pod } = options.template?._config ?? {};
  if (pod === undefined) { return; }
  const adopts = own.template !== undefined;
  if (adopts && own.template._config.pod === undefined) {
    throw failure(scope, `'template' is the library's own, which has nothing of ${file}, the template of what this task pod is based on; `
      + 'adopt a file for this one, too, or say in that file what is special to it');
  }
  gather(scope, problems => {
    if (adopts) { checkFile(problems, scope, options, own); }
    checkSpot(problems, options, adopts);
  });
}

function checkSpot(problems: Problems, options: DefaultTaskPodOptions, adopts: boolean): void {
  const { spot } = options;
  const { file, pod } = options.template!._config;
  for (const [prop, added] of [
    ['nodeSelector', spot?._nodeSelector],
    ['tolerations', spot?._tolerations],
    ['affinity', spot?._preferences],
  ] as const) {
    const lost = adopts || options[prop] === undefined;
    if (lost && Object.keys(added ?? {}).length > 0 && (pod?.spec as Json | undefined)?.[prop] !== undefined) {
      problems.add(`'spot' adds to '${prop}', which ${file}, the 'template', says; move it from there to the prop '${prop}'`);
    }
  }
}

function checkFile(problems: Problems, scope: Construct, options: DefaultTaskPodOptions, own: DefaultTaskPodOptions): void {
  const { file, pod } = options.template!._config as Required<TemplateConfig>;
  const { namespace = Chart.of(scope).namespace } = options;
  const { namespace: other = namespace } = (pod.metadata ?? {}) as { namespace?: string };
  if (other !== namespace) {
    problems.add(`'namespace' is '${namespace}', but ${file}, the 'template', says '${other}'; make them the same`);
  }
  for (const [prop, given, inFile] of pairs(own, pod)) {
    if (given !== undefined && inFile !== undefined && JSON.stringify(inFile) !== '{}') {
      problems.add(`'${prop}' is also said by ${file}, the 'template'; leave it out here or there`);
    }
  }
}

/** The props whose fields the file replaces as a whole. */
function pairs(own: DefaultTaskPodOptions, { metadata, spec }: Json): Pair[] {
  const { serviceAccount, securityContext: security, pod, container, activeDeadline } = own;
  const { containers: [base = {}] = [], securityContext: inFile = {}, ...fields } = (spec ?? {}) as Spec;
  const annotations = ((metadata as Json | undefined)?.annotations ?? {}) as Json;
  return [
    ['image', own.image, base.image],
    ['resources', own.resources, base.resources],
    ['nodeSelector', own.nodeSelector, fields.nodeSelector],
    ['tolerations', own.tolerations, fields.tolerations],
    ['affinity', own.affinity, fields.affinity],
    ['topologySpread', own.topologySpread, fields.topologySpreadConstraints],
    ['priorityClassName', own.priorityClassName, fields.priorityClassName],
    ['terminationGracePeriod', own.terminationGracePeriod, fields.terminationGracePeriodSeconds],
    ['activeDeadline', activeDeadline, fields.activeDeadlineSeconds],
    ['serviceAccount.existing', serviceAccount?.existing, fields.serviceAccountName],
    ['serviceAccount.annotations', serviceAccount?.annotations, fields.serviceAccountName],
    ['serviceAccount.automountToken', serviceAccount?.automountToken, fields.automountServiceAccountToken],
    ['securityContext.group', security?.group, inFile.runAsGroup],
    ['securityContext.fsGroup', security?.fsGroup, inFile.fsGroup],
    ['securityContext.supplementalGroups', security?.supplementalGroups, inFile.supplementalGroups],
    ['securityContext.fsGroupChangePolicy', security?.fsGroupChangePolicy, inFile.fsGroupChangePolicy],
    ['securityContext.seLinux', security?.seLinux, inFile.seLinuxOptions],
    ['securityContext.sysctls', security?.sysctls, inFile.sysctls],
    [
      'securityContext.readOnlyRootFilesystem',
      security?.readOnlyRootFilesystem,
      (base.securityContext as Json | undefined)?.readOnlyRootFilesystem,
    ],
    ['container.command', container?.command, base.command],
    ['container.ports', container?.ports, base.ports],
    ['container.lifecycle', container?.lifecycle, base.lifecycle],
    ['pod.runtimeClassName', pod?.runtimeClassName, fields.runtimeClassName],
    ['pod.schedulerName', pod?.schedulerName, fields.schedulerName],
    ['pod.shareProcessNamespace', pod?.shareProcessNamespace, fields.shareProcessNamespace],
    ['pod.dns', pod?.dns, fields.dnsPolicy ?? fields.dnsConfig ?? fields.hostAliases],
    ...Object.keys(pod?.annotations ?? {}).map((name): Pair => ['pod.annotations', name, annotations[name]]),
    ...Object.keys(evictionAnnotations(pod?.safeToEvict)).map((name): Pair => ['pod.safeToEvict', pod?.safeToEvict, annotations[name]]),
  ];
}
