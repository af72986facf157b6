/** The fields whose values Airflow hides in logs and in the UI: `DEFAULT_SENSITIVE_FIELDS` of its secrets masker. */
const SENSITIVE = [
  'access_key', 'access_token', 'api_key', 'apikey', 'auth_header', 'authorization', 'bearer', 'connection_string', 'dsn', 'keyfile_dict', 'passphrase',
  'passwd', 'password', 'private_key', 'proxies', 'proxy', 'secret', 'service_account', 'service_key', 'token', 'webhook_url',
];

/** Whether Airflow takes what is called so for a secret. */
export function looksSecret(name: string): boolean {
  return SENSITIVE.some(field => name.toLowerCase().includes(field));
}

/** Whether a text has a password in it: in a URL, or in the JSON of a connection; `$(NAME)` is where Kubernetes puts one. */
export function holdsPassword(text = ''): boolean {
  return /:\/\/[^/@\s:]*:(?!\$\()[^/@\s]+@/.test(text) || /"password"\s*:\s*"(?!\$\()[^"]+"/.test(text);
}
