import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { Airflow, AirflowChart, AirflowChartProps, AirflowVersion, TaskPod, TaskPodOptions } from '../../src';
import { Json } from '../../src/kubernetes/pod';
import { airflowChart, find, Manifest, synth } from '../util';

/** A task pod, and how one task uses it. */
export interface TaskPodCase {
  /** The Airflow that it belongs to. */
  readonly airflow?: AirflowChartProps;
  /** What is done with it before task pods are added. */
  readonly prepare?: (airflow: Airflow) => void;
  /** Task pods of which each extends the one before, the last one is looked at; without any it is the default one. */
  readonly pods?: TaskPodOptions[];
  /** Keywords that the task gives. */
  readonly tuning?: { readonly [keyword: string]: string | number };
  /** The resources that come of them. */
  readonly tuned?: Json;
  /** Only where init containers of a name are merged. */
  readonly mergesInitContainers?: boolean;
  /** Only where a 0 of the template stays. */
  readonly keepsZero?: boolean;
  readonly only?: 'airflow2' | 'airflow3';
}

/** Cases by their names; some need the version. */
export type TaskPodCases = { [name: string]: TaskPodCase | ((version: AirflowVersion) => TaskPodCase) };

/** A case in one version of Airflow. */
export class Rendered {
  public readonly release: string;
  /** The template that the executor starts from; where a task pod has none of its own it is the one of what it is based on. */
  public readonly template: Json;
  /** What Airflow gets beside the template. */
  public readonly override?: Json;
  /** The pod as the library shows it, with what the task tunes. */
  public readonly preview: Json;

  private readonly pod: TaskPod;
  private readonly chart: AirflowChart;

  constructor(version: AirflowVersion, private readonly given: TaskPodCase) {
    this.release = version.release;
    this.chart = airflowChart({ version, ...given.airflow });
    const { airflow } = this.chart;
    given.prepare?.(airflow);
    this.pod = (given.pods ?? []).reduce(
      (basedOn, options, index) => airflow.addTaskPod(`pod_${index}`, { basedOn, ...options }), airflow.taskPods.defaultPod);
    this.template = this.pod._template();
    this.override = this.pod._profile().override;
    const preview = parse(this.pod.toYaml(), { version: '1.1' }) as Json & { spec: { containers: Json[] } };
    if (given.tuned !== undefined) { preview.spec.containers[0] = { ...preview.spec.containers[0], resources: given.tuned }; }
    this.preview = preview;
  }

  public get manifest(): Manifest[] {
    return synth(this.chart);
  }

  /** What Airflow's containers have, below AIRFLOW_HOME, and what `record.py` has to know. */
  public write(folder: string): object {
    const { taskPods, image } = this.chart.airflow;
    const { manifest } = this;
    const write = (where: string, files: { readonly [file: string]: string }) => {
      fs.mkdirSync(path.join(folder, where), { recursive: true });
      for (const [name, text] of Object.entries(files)) { fs.writeFileSync(path.join(folder, where, name), text); }
    };
    const configMap = (name: string) => find(manifest.filter(({ metadata }) => metadata.namespace === this.chart.namespace), 'ConfigMap', name).data;
    write('pod_templates', configMap('pod-templates'));
    write('config/airflow_local_settings', configMap('local-settings'));
    taskPods.writeModule(path.join(folder, 'config'));
    return { name: this.pod.name, tuning: this.given.tuning ?? {}, namespace: this.chart.namespace, home: image.airflowHome };
  }
}

/** The constants of `AirflowVersion` by their releases. */
export function versionOf(release: string): AirflowVersion {
  return AirflowVersion.of(release);
}

/** Whether a case can be made in that release. */
export function isMadeIn(release: string, given: TaskPodCase): boolean {
  const { isAirflow3 } = versionOf(release);
  // The provider of these two is older than 10.13, and that of the first older than 10.5.
  const byName = !['2.10.5', '3.0.6'].includes(release);
  return (byName || !given.mergesInitContainers) && (release !== '2.10.5' || !given.keepsZero) && (given.only === undefined || (given.only === 'airflow3') === isAirflow3);
}
