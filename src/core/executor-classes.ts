/** The executors that Airflow knows by the names of their classes; the last two are of Airflow 2. */
export const LOCAL_EXECUTOR = 'airflow.executors.local_executor.LocalExecutor';
export const KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor';
export const CELERY_EXECUTOR = 'airflow.providers.celery.executors.celery_executor.CeleryExecutor';
export const CELERY_KUBERNETES_EXECUTOR = 'airflow.providers.celery.executors.celery_kubernetes_executor.CeleryKubernetesExecutor';
export const LOCAL_KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.local_kubernetes_executor.LocalKubernetesExecutor';
