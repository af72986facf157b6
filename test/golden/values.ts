import { App, Chart, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { UnsatisfiableConstraint } from '../../src';
import { secretNamed } from '../util';

export const elsewhere = new Chart(new App(), 'elsewhere');
export const configMap = (name: string) => kplus.ConfigMap.fromConfigMapName(new Chart(new App(), 'elsewhere'), name, name);
export const text = (value: string) => kplus.EnvValue.fromValue(value);
export const variable = (value = 'own') => ({ VARIABLE: text(value) });
export const cpu = (request: number, limit?: number) => (
  { request: kplus.Cpu.units(request), limit: limit === undefined ? undefined : kplus.Cpu.units(limit) });
export const memory = (request: number, limit: number) => ({ request: Size.gibibytes(request), limit: Size.gibibytes(limit) });
const volume = (name: string) => kplus.Volume.fromConfigMap(elsewhere, `volume-${name}`, configMap(`volume-${name}`), { name });
export const models = volume('models');
export const certificates = kplus.Volume.fromSecret(
  elsewhere, 'volume-certificates', secretNamed('certificates'), { name: 'certificates', defaultMode: 0o400 });
export const claim = kplus.Volume.fromPersistentVolumeClaim(
  elsewhere, 'volume-claim', kplus.PersistentVolumeClaim.fromClaimName(elsewhere, 'claim', 'shared'), { name: 'shared' });
export const cache = kplus.Volume.fromEmptyDir(
  elsewhere, 'volume-cache', 'cache', { medium: kplus.EmptyDirMedium.MEMORY, sizeLimit: Size.gibibytes(1) });
export const hosts = (ip: string) => ({ hostAliases: [{ ip, hostnames: ['db', 'db.example.com'] }] });
export const helper = (name: string, tag = '1.2') => ({ name, image: `registry.example.com/${name}:${tag}` });
export const zone = kplus.NodeLabelQuery.in('topology.kubernetes.io/zone', ['a', 'b']);
export const spread = (topologyKey: string) => (
  { topologyKey, maxSkew: 2, minDomains: 2, whenUnsatisfiable: UnsatisfiableConstraint.DO_NOT_SCHEDULE });
