import { ArgoCd, Flux } from './installer';
import { ReleaseState } from './read-release';

/** How to undo a step: commands, or the reason why there are none. */
export interface Back { readonly text: string; readonly commands?: readonly string[] }

/** Commands, with what they do. */
interface Does { readonly text: string; readonly commands: readonly string[]; readonly back: Back }

/** What the installer of a release has to do with its move. */
export interface InstallerSteps {
  /** Saves what the installer knows. */
  readonly save: { readonly text: string; readonly commands: readonly string[] };
  readonly pause: Does;
  /** Brings back what a step has scaled or deleted. */
  readonly restore: Back;
  /** Makes the installer forget the release, so that it deletes nothing. */
  readonly forget: Does & { readonly title: string };
}

/** The steps for whoever has installed the release. */
export function installerSteps(state: ReleaseState): InstallerSteps {
  const { installer } = state;
  switch (installer.kind) {
    case 'helm': {
      const steps = helm(state, installer.revision, installer.storage);
      return installer.flux === undefined ? steps : flux(state, steps, installer.storage, installer.flux);
    }
    case 'argocd': return argoCd(installer, state.name);
    default: return manifests();
  }
}

function helm({ name, others }: ReleaseState, revision: number, storage: string): InstallerSteps {
  const k = `kubectl --namespace ${storage}`;
  const stay = others.map(other => `\`${other.kind.toLowerCase()}/${other.name}\``).join(', ');
  return {
    save: {
      text: 'what Helm knows of the release. The file has passwords',
      commands: [`(umask 077; ${k} get secret --selector owner=helm,name=${name} --output yaml > ${name}-helm.yaml)`],
    },
    pause: {
      text: 'Nothing but Helm installs the release. If a pipeline or Terraform runs `helm upgrade`, stop that.',
      commands: [],
      back: { text: 'start the pipeline again.' },
    },
    restore: {
      text: 'Helm restores what the step has taken away.',
      // Helm compares its manifest with what there is.
      commands: [`helm rollback ${name} ${revision} --namespace ${storage}`],
    },
    forget: {
      title: 'Let Helm forget the release',
      text: 'Helm deletes what its stored manifest names, whatever annotation an object has. Without the stored manifest it deletes '
        + 'nothing.' + (stay === '' ? '' : ` The objects of the chart around Airflow stay as well, without a release: ${stay}.`),
      commands: [`${k} delete secret --selector owner=helm,name=${name}`],
      // `apply` would write each Secret into an annotation, for which it is too large.
      back: { text: 'Give Helm what the first step has saved.', commands: [`${k} create --filename ${name}-helm.yaml`] },
    },
  };
}

/** Helm runs inside of Flux, and Flux alone can use what it stores in another namespace. */
function flux(state: ReleaseState, steps: InstallerSteps, storage: string, { name, namespace }: Flux): InstallerSteps {
  const [resume, suspend] = ['resume', 'suspend'].map(verb => `flux ${verb} helmrelease ${name} --namespace ${namespace}`);
  const forced = [resume, `flux reconcile helmrelease ${name} --namespace ${namespace} --force`, suspend];
  return {
    ...steps,
    pause: {
      text: 'Flux would install again what the plan takes away.',
      commands: [suspend],
      back: { text: 'Resume.', commands: [resume] },
    },
    restore: storage === state.namespace ? steps.restore : { ...steps.restore, commands: forced },
    forget: {
      ...steps.forget,
      text: `${steps.forget.text} Take the HelmRelease \`${namespace}/${name}\` out of its Git repository now: it is suspended, so that `
        + `Flux uninstalls nothing, and a resumed one would install \`${state.name}\` again.`,
    },
  };
}

function argoCd({ name, namespace, automated }: ArgoCd, release: string): InstallerSteps {
  const k = `kubectl --namespace ${namespace}`;
  const patch = (to: object) => `${k} patch application.argoproj.io ${name} --type merge --patch '${JSON.stringify(to)}'`;
  const file = `${release}-application.yaml`;
  const isManual = automated === undefined || automated === null;
  return {
    save: {
      text: 'the Application of Argo CD. Commands for it go to the cluster that has it',
      commands: [`(umask 077; ${k} get application.argoproj.io ${name} --output yaml > ${file})`],
    },
    pause: {
      text: isManual
        ? `Nothing synchronizes the Application \`${name}\` by itself. Do not synchronize it by hand during the move.`
        : 'Argo CD would install again what the plan takes away. If an ApplicationSet or another Application makes this one, stop that '
          + 'first.',
      commands: isManual ? [] : [patch({ spec: { syncPolicy: { automated: null } } })],
      back: isManual
        ? { text: 'nothing has changed.' }
        : { text: 'Synchronize again.', commands: [patch({ spec: { syncPolicy: { automated } } })] },
    },
    restore: { text: 'Argo CD restores what the step has taken away.', commands: [`argocd app sync ${namespace}/${name}`] },
    forget: {
      title: 'Let Argo CD forget the release',
      text: 'Argo CD deletes the objects of an Application that has a finalizer, and leaves those of any other one alone. If the '
        + 'Application comes from a Git repository, take it out there first.',
      commands: [patch({ metadata: { finalizers: null } }), `${k} delete application.argoproj.io ${name}`],
      back: { text: 'Give Argo CD what the first step has saved.', commands: [`${k} create --filename ${file}`] },
    },
  };
}

function manifests(): InstallerSteps {
  return {
    save: { text: 'the manifests by which the release was installed', commands: [] },
    pause: {
      text: 'If a pipeline applies the manifests of the release, stop it.',
      commands: [],
      back: { text: 'start the pipeline again.' },
    },
    restore: { text: 'apply the manifests of the release again.' },
    forget: {
      title: 'Forget the manifests of the release',
      text: 'Take them out of whatever applies them, so that nothing installs the release again.',
      commands: [],
      back: { text: 'put them back.' },
    },
  };
}
