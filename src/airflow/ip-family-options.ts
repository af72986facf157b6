import { byDefault, ConfigOption, own } from '../core/answer';
import { BY_IPV6_ADDRESS } from '../core/import-paths';
import { IAirflow } from '../instance/i-airflow';
import { answersIpv6, IpFamily } from '../kubernetes/ip-family';

/** The options of `airflow.cfg` that follow from `pods.ipFamily`. Without it, Airflow's own defaults hold, which are IPv4. */
export function ipFamilyOptions({ _ipFamily: family, version }: IAirflow): ConfigOption[] {
  if (!answersIpv6(family)) { return []; }
  return [
    // The host of an API server depends on its arguments, so each one has it in its environment.
    version.isAirflow3 ? own('api', 'host', undefined, "'pods.ipFamily'") : own('webserver', 'web_server_host', '[::]', "'pods.ipFamily'"),
    ...family === IpFamily.IPV6 ? [
      byDefault('core', 'hostname_callable', BY_IPV6_ADDRESS),
      byDefault('metrics', 'statsd_ipv6', 'True'),
    ] : [],
  ];
}
