import { AirflowProps } from './airflow-props';
import { executionApiOf } from './assemble';
import { checkTlsNamespaces } from '../components/server-tls';
import { Answer, own } from '../core/answer';
import { Role } from '../core/needs';
import { clientParts, TLS_OPTIONS } from '../exposure/server-tls';
import { IAirflow } from '../instance/i-airflow';

/**
 * What follows from the certificates of the servers: the options that they decide, and the authority for the pods that call the server.
 */
export function serverTls(airflow: IAirflow, props: AirflowProps): Answer {
  const { webserver, apiServer } = props;
  const chosen = [
    { role: Role.WEBSERVER, prop: 'webserver.tls', tls: webserver?.tls },
    { role: Role.API_SERVER, prop: 'apiServer.tls', tls: apiServer?.tls },
    { role: Role.EXECUTION_API, prop: 'apiServer.executionApi.tls', tls: apiServer?.executionApi?.tls },
  ];
  const servers = chosen.flatMap(({ role, prop, tls }) => {
    const config = tls?._bind(airflow, { prop, part: role });
    return config === undefined ? [] : [{ role, prop, config }];
  });
  if (servers.length === 0) { return {}; }
  const ofTasks = servers.find(({ role }) => role === executionApiOf(props).role);
  if (ofTasks !== undefined) { checkTlsNamespaces(airflow, ofTasks.prop, ofTasks.config); }
  const [{ prop }] = servers;
  return {
    options: TLS_OPTIONS.filter(names => airflow.config._knows(...names)).map(([section, option]) =>
      own(section, option, undefined, `'${prop}'`),
    ),
    parts: (_role, needs) => (ofTasks !== undefined && needs.executionApi ? clientParts(airflow, ofTasks.config) : {}),
  };
}
