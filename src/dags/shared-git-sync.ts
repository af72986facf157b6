import { ApiObject, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { GIT_SYNC_USER, GitSync, GitSyncPlace, volumeName } from './git-sync';
import { BindContext } from '../core/bind-context';
import { selectorLabels } from '../core/labels';
import { checkSsh, plainPod } from '../core/plain-pod';
import { PlacementOptions } from '../kubernetes/placement';
import { Json } from '../kubernetes/pod';
import { renderPod } from '../kubernetes/render-pod';
import { SelectablePods } from '../kubernetes/selectable-pods';

/** The inputs of a shared git-sync. */
export interface SharedGitSyncProps {
  readonly airflow: BindContext;
  readonly sync: GitSync;
  readonly place: GitSyncPlace;
  readonly claim: kplus.IPersistentVolumeClaim;
  readonly placement?: PlacementOptions;
}

/**
 * One git-sync whose clone, on a claim, all pods read.
 */
export class SharedGitSync extends SelectablePods {
  /**
   * @internal
   */
  public static _of(scope: Construct, id: string, props: SharedGitSyncProps): SharedGitSync {
    return new SharedGitSync(scope, id, props);
  }

  /** The Deployment, for patches. */
  public readonly workload: ApiObject;

  private constructor(scope: Construct, id: string, private readonly props: SharedGitSyncProps) {
    const { airflow, sync } = props;
    const component = sync.node.id;
    super(scope, id, selectorLabels(airflow._labels, component));
    const { podLabels } = this;
    this.workload = new ApiObject(this, 'Resource', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        ...airflow._names.metadata({ scope: this, kind: 'Deployment', part: component }),
        labels: { ...airflow._labels, ...podLabels },
      },
      spec: {
        replicas: airflow.maintenance ? 0 : 1,
        revisionHistoryLimit: 3,
        // Two pods would write to the same repository.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: podLabels },
        // Rendered at synthesis, because the settings that all pods share are complete only after the DAGs.
        template: Lazy.any({ produce: () => this.template() }),
      },
    });
    airflow._registry.enlist({
      scope: sync,
      role: 'git-sync',
      label: component,
      podLabels,
      object: this.workload,
      peers: () => sync._peers(),
      metrics: () => sync._metrics(props.place),
    });
  }

  private template(): Json {
    const { airflow, sync, place, claim, placement } = this.props;
    const { image, _common: common } = airflow;
    checkSsh(this, image, 'pods.securityContext', common.securityContext, [sync._ssh()]);
    return renderPod(this, plainPod(airflow, {
      labels: this.podLabels,
      user: GIT_SYNC_USER,
      placement,
      containers: [sync._container(place, false)],
      volumes: [
        { name: volumeName(place), persistentVolumeClaim: { claimName: claim.name } },
        { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
        ...sync._volumes(place),
      ],
    }));
  }
}
