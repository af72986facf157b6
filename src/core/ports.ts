/** Where tasks that run in a component serve their logs. */
export const TASK_LOGS_PORT = 8793;

/** Where the triggerer serves the logs of deferred tasks. */
export const TRIGGER_LOGS_PORT = 8794;

/** Where the Kubernetes API is, behind its Service in the cluster. */
export const KUBERNETES_PORT = 443;
