import { AirflowProps } from './airflow-props';
import { serverTls } from './server-tls';
import { Answer } from '../core/answer';
import { bindUi } from '../exposure/ui';
import { IAirflow } from '../instance/i-airflow';
import { bindSecretsBackend } from '../secrets/bind-secrets-backend';

/** Binds the choices that only answer: nothing else refers to them. */
export function bindOthers(airflow: IAirflow, props: AirflowProps): Answer[] {
  const { secrets: { backend: common, taskBackend: ofTasks } = {}, database } = props;
  return [
    serverTls(airflow, props),
    bindUi(airflow, props.ui),
    bindSecretsBackend(airflow, { common, ofTasks, hasDatabase: database?._inSecretsBackend ?? false }),
  ];
}
