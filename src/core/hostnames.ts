/** How a worker tells the web components where it serves its logs: by its address, since the name of a pod of a Deployment does not resolve. */
export const BY_ADDRESS = 'airflow.utils.net.get_host_ip_address';

/** By the name that the pod of a StatefulSet has in the DNS, and its next pod too. */
export const BY_NAME = 'airflow.utils.net.getfqdn';
