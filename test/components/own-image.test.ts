import { AirflowChartProps, AirflowImage, AirflowVersion, Executor } from '../../src';
import { building, init, main, pod, secretNamed, synthAirflow } from '../util';

const image = AirflowImage.of('registry.example.com/small:7', { version: AirflowVersion.of('3.3.2'), pullSecrets: [secretNamed('registry')] });
const OWN: [string, string, string | undefined, (image: AirflowImage) => AirflowChartProps][] = [
  ['migration', 'migration', 'wait-for-database', given => ({ jobs: { migration: { image: given } } })],
  ['Flower', 'flower', undefined, given => ({ executor: Executor.celery({ flower: { image: given } }) })],
];

describe.each(OWN)('the image of the %s', (_, component, waiting, propsWith) => {
  test('is in all its containers, with its pull Secrets', () => {
    const manifest = synthAirflow(propsWith(image));
    expect(main(manifest, component).image).toBe('registry.example.com/small:7');
    if (waiting !== undefined) { expect(init(manifest, component, waiting).image).toBe('registry.example.com/small:7'); }
    expect(pod(manifest, component).spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(main(manifest, 'scheduler').image).toBe('apache/airflow:3.3.2');
  });

  test.each<[AirflowImage, string]>([
    [AirflowImage.of('apache/airflow:3.3.1'), "'apache/airflow:3.3.1' with 3.3.1 at /opt/airflow"],
    [AirflowImage.of('acme/airflow:1', { version: AirflowVersion.of('3.3.2'), airflowHome: '/airflow' }), "'acme/airflow:1' with 3.3.2 at /airflow"],
  ])('fails with another Airflow (%#)', (other, got) => {
    expect(building(propsWith(other))).toThrow(
      new Error(`test/airflow/${component}: 'image' must have Airflow 3.3.2 at /opt/airflow, as the scheduler has, got ${got}`));
  });
});
