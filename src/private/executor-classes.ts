/** The executors that Airflow knows by the names of their classes. */
export const LOCAL_EXECUTOR = 'airflow.executors.local_executor.LocalExecutor';
export const KUBERNETES_EXECUTOR = 'airflow.providers.cncf.kubernetes.executors.kubernetes_executor.KubernetesExecutor';
export const CELERY_EXECUTOR = 'airflow.providers.celery.executors.celery_executor.CeleryExecutor';
