import { AirflowProps } from './airflow-props';
import { serverTls } from './server-tls';
import { AuthConfig } from '../auth/auth-config';
import { Answer } from '../core/answer';
import { bindUi } from '../exposure/ui';
import { IAirflow } from '../instance/i-airflow';
import { SecretsBackendsOptions } from '../secrets/airflow-secrets-options';
import { bindSecretsBackend } from '../secrets/bind-secrets-backend';

/** Binds the choices that only answer: nothing else refers to them. */
export function bindOthers(
  airflow: IAirflow,
  props: AirflowProps,
  { migrationOptions }: AuthConfig,
  secrets: SecretsBackendsOptions,
): Answer[] {
  const { backend: common, taskBackend: ofTasks } = secrets;
  return [
    { options: props.external?.migration ? [] : migrationOptions },
    serverTls(airflow, props),
    bindUi(airflow, props.ui),
    bindSecretsBackend(airflow, { common, ofTasks, hasDatabase: props.database?._inSecretsBackend ?? false }),
  ];
}
