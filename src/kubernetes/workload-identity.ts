import { checkMembers } from './members';

/**
 * Options of `WorkloadIdentity.aks`.
 */
export interface AksIdentityOptions {
  /**
   * The ID of the Microsoft Entra tenant of the identity.
   *
   * @default - the tenant of the cluster
   */
  readonly tenantId?: string;
}

/** The cloud that an identity is of. */
export type Cloud = 'AWS' | 'Google Cloud' | 'Azure';

/** The labels and annotations of an identity, as plain data. */
export interface WorkloadIdentityConfig {
  /** Undefined if the pods have no identity, or one that the library does not set. */
  readonly cloud?: Cloud;
  /** Annotations of the service account. */
  readonly annotations: { readonly [name: string]: string };
  /** Labels of the pods. */
  readonly podLabels: { readonly [name: string]: string };
  /** The server that gives the pods their credentials; undefined without an identity. */
  readonly server?: { readonly id: string; readonly label: string; readonly port: number; readonly addresses?: string[] };
  /** The steps to take in the cloud, and the name of a service account there; undefined when no step is needed. */
  readonly trust?: { readonly note: string; readonly subject: (namespace: string, account: string) => string };
}

/**
 * The cloud identity of pods (IAM role, Google service account, Azure identity), without a key in a Secret.
 *
 * The cloud must trust the service accounts of the pods. `Airflow.notes` lists them.
 */
export abstract class WorkloadIdentity {
  /**
   * An IAM role for service accounts (IRSA) on EKS, or on another cluster with the webhook of EKS.
   *
   * @param roleArn the ARN of the role, for example `arn:aws:iam::123456789012:role/airflow`
   * @throws when `roleArn` is not the ARN of a role
   * @see https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
   */
  public static eksIrsa(roleArn: string): WorkloadIdentity {
    if (!/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn)) {
      throw new Error(`'roleArn' must be like arn:aws:iam::123456789012:role/airflow, got '${roleArn}'`);
    }
    return new Identity({
      cloud: 'AWS',
      annotations: { 'eks.amazonaws.com/role-arn': roleArn },
      podLabels: {},
      server: { id: 'aws-sts', label: 'AWS STS', port: 443 },
      trust: {
        note: `The role ${roleArn} must trust these service accounts`,
        subject: (namespace, account) => `system:serviceaccount:${namespace}:${account}`,
      },
    });
  }

  /**
   * EKS Pod Identity. Only EKS assigns the role to the service account, so existing service accounts work too.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
   */
  public static eksPodIdentity(): WorkloadIdentity {
    return new Identity({
      cloud: 'AWS',
      annotations: {},
      podLabels: {},
      server: { id: 'eks-pod-identity', label: 'EKS Pod Identity agent', port: 80, addresses: ['169.254.170.23/32', 'fd00:ec2::23/128'] },
      trust: {
        note: 'EKS needs a pod identity association for each of these service accounts',
        subject: (namespace, account) => `${namespace}/${account}`,
      },
    });
  }

  /**
   * A Google Cloud service account, through Workload Identity Federation for GKE.
   *
   * @param serviceAccountEmail the email address of the account, for example `airflow@my-project.iam.gserviceaccount.com`
   * @throws when `serviceAccountEmail` is not the address of a service account
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
   */
  public static gke(serviceAccountEmail: string): WorkloadIdentity {
    if (!/^[a-z0-9][-a-z0-9]*@([a-z0-9][-a-z0-9]*\.)+gserviceaccount\.com$/.test(serviceAccountEmail)) {
      throw new Error(`'serviceAccountEmail' must be like airflow@my-project.iam.gserviceaccount.com, got '${serviceAccountEmail}'`);
    }
    return new Identity({
      cloud: 'Google Cloud',
      annotations: { 'iam.gke.io/gcp-service-account': serviceAccountEmail },
      podLabels: {},
      // The port is the one of the agent on the node, to which the node redirects port 80.
      server: { id: 'gke-metadata', label: 'GKE metadata server', port: 988, addresses: ['169.254.169.252/32', '169.254.169.254/32'] },
      trust: {
        note: `${serviceAccountEmail} must grant roles/iam.workloadIdentityUser to these members, `
          + 'with the project of the cluster for PROJECT',
        subject: (namespace, account) => `serviceAccount:PROJECT.svc.id.goog[${namespace}/${account}]`,
      },
    });
  }

  /**
   * A managed identity or app registration of Azure, through Microsoft Entra Workload ID.
   *
   * @param clientId the client ID, a UUID
   * @throws when an ID is not a UUID
   * @see https://azure.github.io/azure-workload-identity/docs/
   */
  public static aks(clientId: string, options: AksIdentityOptions = {}): WorkloadIdentity {
    checkMembers('AksIdentityOptions', options);
    const { tenantId } = options;
    for (const [name, id] of Object.entries({ clientId, tenantId })) {
      if (id !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
        throw new Error(`'${name}' must be a UUID, got '${id}'`);
      }
    }
    return new Identity({
      cloud: 'Azure',
      annotations: {
        'azure.workload.identity/client-id': clientId,
        ...(tenantId === undefined ? {} : { 'azure.workload.identity/tenant-id': tenantId }),
      },
      podLabels: { 'azure.workload.identity/use': 'true' },
      server: { id: 'entra', label: 'Microsoft Entra ID', port: 443 },
      trust: {
        note: `The identity ${clientId} needs a federated credential for each of these subjects`,
        subject: (namespace, account) => `system:serviceaccount:${namespace}:${account}`,
      },
    });
  }

  /**
   * No identity, for pods that use no cloud, or whose existing service account already has its annotations.
   */
  public static none(): WorkloadIdentity {
    return new Identity({ annotations: {}, podLabels: {} });
  }

  /**
   * @internal
   */
  public abstract _bind(): WorkloadIdentityConfig;
}

class Identity extends WorkloadIdentity {
  constructor(private readonly config: WorkloadIdentityConfig) {
    super();
  }

  public _bind(): WorkloadIdentityConfig {
    return this.config;
  }
}
