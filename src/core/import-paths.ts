/** The import paths of the executors that Airflow also knows by class name. The last two exist only in Airflow 2. */
export const LOCAL_EXECUTOR = 'airflow.executors.local_executor.LocalExecutor';
export const KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor';
export const CELERY_EXECUTOR = 'airflow.providers.celery.executors.celery_executor.CeleryExecutor';
export const CELERY_KUBERNETES_EXECUTOR = 'airflow.providers.celery.executors.celery_kubernetes_executor.CeleryKubernetesExecutor';
export const LOCAL_KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.local_kubernetes_executor.LocalKubernetesExecutor';

/**
 * The function that gives the host from which a worker serves its logs. It returns the IP address, because DNS does not resolve the names
 * of a Deployment's pods.
 */
export const BY_ADDRESS = 'airflow.utils.net.get_host_ip_address';

/** The same for IPv6. It is a function of the library, because Airflow's own function fails in a pod without an IPv4 address. */
export const BY_IPV6_ADDRESS = 'airflow_local_settings.ipv6.pod_address';

/** The function that returns the DNS name of a StatefulSet's pod, which the next pod keeps. */
export const BY_NAME = 'airflow.utils.net.getfqdn';
