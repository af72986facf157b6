/** The executors that Airflow knows by the names of their classes; the last two are of Airflow 2. */
export const LOCAL_EXECUTOR = 'airflow.executors.local_executor.LocalExecutor';
export const KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor';
export const CELERY_EXECUTOR = 'airflow.providers.celery.executors.celery_executor.CeleryExecutor';
export const CELERY_KUBERNETES_EXECUTOR = 'airflow.providers.celery.executors.celery_kubernetes_executor.CeleryKubernetesExecutor';
export const LOCAL_KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.local_kubernetes_executor.LocalKubernetesExecutor';

/** How a worker tells the web components where it serves its logs: by its address, since the name of a pod of a Deployment does not resolve. */
export const BY_ADDRESS = 'airflow.utils.net.get_host_ip_address';

/** By the name that the pod of a StatefulSet has in the DNS, and its next pod too. */
export const BY_NAME = 'airflow.utils.net.getfqdn';
