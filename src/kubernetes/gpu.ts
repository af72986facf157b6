/**
 * GPUs or other devices of a container. The extended resource of a device plugin names and counts them.
 *
 * @see https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
 */
export class Gpu {
  /**
   * Whole NVIDIA GPUs (`nvidia.com/gpu`).
   *
   * @throws when `count` is not a whole number of at least 1
   */
  public static nvidia(count: number = 1): Gpu {
    return new Gpu('nvidia.com/gpu', count);
  }

  /**
   * Slices of an NVIDIA GPU (MIG), for a device plugin with the MIG strategy `mixed`, which gives each slice size its own
   * resource name.
   *
   * @param profile the slice size, for example `1g.5gb`
   * @throws when `profile` is not a MIG profile, or `count` is not a whole number of at least 1
   * @see https://docs.nvidia.com/datacenter/cloud-native/kubernetes/latest/index.html
   */
  public static nvidiaMig(profile: string, count: number = 1): Gpu {
    if (!/^\d+g\.\d+gb(\.me)?$/.test(profile)) {
      throw new Error(`'profile' must be the name of a MIG slice like 1g.5gb or 1g.10gb.me, got '${profile}'`);
    }
    return new Gpu(`nvidia.com/mig-${profile}`, count);
  }

  /**
   * Whole AMD GPUs (`amd.com/gpu`).
   *
   * @throws when `count` is not a whole number of at least 1
   */
  public static amd(count: number = 1): Gpu {
    return new Gpu('amd.com/gpu', count);
  }

  /**
   * Devices of any extended resource.
   *
   * @param resource the full resource name, for example `habana.ai/gaudi`
   * @throws when `resource` is not a name with a domain, or `count` is not a whole number of at least 1
   */
  public static of(resource: string, count: number = 1): Gpu {
    return new Gpu(resource, count);
  }

  private constructor(
    /** The name of the extended resource. */
    public readonly resource: string,
    /** The number of devices for each container. */
    public readonly count: number,
  ) {
    if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/.test(resource)) {
      throw new Error(`'resource' must be a name with a domain, like habana.ai/gaudi, got '${resource}'`);
    }
    if (!Number.isInteger(count) || count < 1) {
      throw new Error(`'count' must be a whole number of at least 1, got ${count}; leave the Gpu out for none`);
    }
  }
}
