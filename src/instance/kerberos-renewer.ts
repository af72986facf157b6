import { Duration } from 'cdk8s';
import { Answer, byDefault, ConfigOption, own, PodParts } from '../core/answer';
import { BindContext } from '../core/bind-context';
import { KerberosOptions } from '../core/kerberos';
import { Needs, Role, Traits } from '../core/needs';
import { SCRIPT_RESOURCES } from '../core/official-image';
import { helperResources } from '../core/plain-pod';
import { run, SCRIPTS_PATH } from '../core/scripts';
import { Container, EnvVar, Mount, Volume } from '../kubernetes/pod';
import { checkSeconds, failure } from '../kubernetes/validate';

/** The script that renews the ticket. */
export const RENEWER = 'renew_ticket.py';
const CACHE = '/run/kerberos';
const KEYTAB = '/run/secrets/kerberos';
const CONFIG = '/etc/kerberos';

/** The sidecar that renews the Kerberos ticket in every pod that runs tasks. */
export class KerberosRenewer implements Answer {
  private readonly seconds: number;
  private readonly configMap?: object;

  /** @param scripts the name of the ConfigMap of the scripts */
  constructor(
    private readonly airflow: BindContext, traits: Traits, executor: string,
    private readonly scripts: string, private readonly kerberos: KerberosOptions,
  ) {
    const { principal, reinitFrequency, krb5Config } = kerberos;
    const { celery, launchesPods, tasksInScheduler } = traits;
    if (!celery && !launchesPods && !tasksInScheduler) {
      throw failure(airflow, `'pods.kerberos' is for the pods that run tasks, but the executor ${executor} has none here; leave it out`);
    }
    if (!/^[^\s@-][^\s@]*(@[^\s@]+)?$/.test(principal)) {
      throw failure(airflow, `'pods.kerberos.principal' must be like airflow@EXAMPLE.COM, got '${principal}'`);
    }
    if (principal.includes('_HOST')) {
      throw failure(
        airflow,
        `'pods.kerberos.principal' must be one for all pods, whose names no KDC knows, got '${principal}'; leave out '_HOST'`,
      );
    }
    checkSeconds(airflow, 'pods.kerberos.reinitFrequency', reinitFrequency, 1);
    this.seconds = (reinitFrequency ?? Duration.hours(1)).toSeconds();
    this.configMap = krb5Config?._bind(airflow._configMaps);
  }

  public get options(): ConfigOption[] {
    return [
      ...Object.entries({
        ccache: `${CACHE}/ccache`,
        keytab: `${KEYTAB}/keytab`,
        principal: this.kerberos.principal,
        reinit_frequency: `${this.seconds}`,
      }).map(([option, value]) => own('kerberos', option, value, "'pods.kerberos'")),
      own('core', 'security', 'kerberos', "'pods.kerberos'"),
      // Other hosts do not see the pod's own IP address, so the ticket must not contain it.
      byDefault('kerberos', 'include_ip', 'False'),
    ];
  }

  /** The parts of a pod that runs tasks. The ticket exists before the other containers start, and the sidecar stops with them. */
  public parts(_role: Role, { runsOperators }: Needs): PodParts {
    if (!runsOperators) { return {}; }
    const { keytab: { secretName, key } } = this.kerberos;
    const config: Mount[] = this.configMap === undefined ? [] : [{ name: 'krb5', mountPath: CONFIG, readOnly: true }];
    const volumes: Volume[] = [
      { name: 'kerberos', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
      { name: 'keytab', secret: { secretName, defaultMode: 0o440, items: [{ key, path: 'keytab' }] } },
      { name: 'scripts', configMap: { name: this.scripts } },
      ...this.configMap === undefined ? [] : [{ name: 'krb5', configMap: this.configMap }],
    ];
    return {
      env: this.env,
      volumes,
      mounts: [{ name: 'kerberos', mountPath: CACHE, readOnly: true }, ...config],
      sidecars: [this.container(config)],
      peers: () => [{ id: 'kdc', label: 'Kerberos KDC', purpose: 'ticket' }],
    };
  }

  /** The variables with which every Kerberos library finds the ticket and the realms. */
  private get env(): EnvVar[] {
    return [
      { name: 'KRB5CCNAME', value: `${CACHE}/ccache` },
      ...this.configMap === undefined ? [] : [{ name: 'KRB5_CONFIG', value: `${CONFIG}/krb5.conf` }],
    ];
  }

  private container(config: Mount[]): Container {
    const { image, _common: common } = this.airflow;
    return {
      name: 'kerberos',
      image: image.reference,
      imagePullPolicy: image.pullPolicy,
      command: run(RENEWER, `${this.seconds}`, ...this.kinit()),
      env: this.env,
      mounts: [
        { name: 'scripts', mountPath: SCRIPTS_PATH, readOnly: true },
        { name: 'kerberos', mountPath: CACHE },
        { name: 'keytab', mountPath: KEYTAB, readOnly: true },
        ...config,
      ],
      resources: helperResources(common, SCRIPT_RESOURCES),
      startupProbe: { exec: { command: ['klist', '-s'] }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 300 },
      readinessProbe: { exec: { command: ['sh', '-c', this.fresh()] }, periodSeconds: 60, timeoutSeconds: 10, failureThreshold: 3 },
    };
  }

  /** Whether the ticket is valid and was renewed lately. A monitor sees by the readiness that it ends soon. */
  private fresh(): string {
    const minutes = Math.ceil(3 * this.seconds / 60) + 1;
    return `klist -s && test -n "$(find ${CACHE}/ccache -mmin -${minutes})"`;
  }

  /** The same command that Airflow itself runs. */
  private kinit(): string[] {
    const flag = (option: string, yes: string, no: string) => (this.boolean(option) ? yes : no);
    return [
      this.airflow.config._pin('kerberos', 'kinit_path') ?? 'kinit', flag('forwardable', '-f', '-F'), flag('include_ip', '-a', '-A'),
      // Airflow, too, passes the renewal interval in seconds as minutes, so the ticket stays renewable for long enough.
      '-r', `${this.seconds}m`, '-k', '-t', `${KEYTAB}/keytab`, this.kerberos.principal,
    ];
  }

  private boolean(option: string): boolean {
    const value = this.airflow.config._pin('kerberos', option) ?? 'True';
    if (!/^(t|true|1|f|false|0)$/i.test(value)) {
      throw failure(this.airflow, `'config.kerberos.${option}' must be True or False, got '${value}'`);
    }
    return /^(t|true|1)$/i.test(value);
  }
}
