import { Duration, Size } from 'cdk8s';
import { Airflow, Env, Gpu, Resources, TaskPodTemplate, Toleration } from 'cdk8s-airflow';
import { Cpu, EmptyDirMedium, Volume } from 'cdk8s-plus-27';

/** What tasks can ask for: dags/task_pods.py uses each. */
export function addTaskPods(airflow: Airflow): void {
  airflow.addTaskPod('small', {
    resources: Resources.of({ requests: { cpu: '50m', memory: '256Mi' }, limits: { memory: '512Mi' } }),
    description: 'For tasks that wait or call others.',
  });

  const large = airflow.addTaskPod('large', {
    resources: Resources.of({ requests: { memory: '512Mi' }, limits: { memory: '1Gi' } }),
    env: Env.of({ OMP_NUM_THREADS: '4' }),
    description: 'For tasks that hold their data in memory.',
    tuneUpTo: { cpu: Cpu.units(2), memory: Size.gibibytes(2) },
  });

  airflow.addTaskPod('gpu', {
    basedOn: large,
    gpus: Gpu.nvidia(1),
    nodeSelector: { 'cloud.google.com/gke-accelerator': 'nvidia-l4' },
    tolerations: [Toleration.exists('nvidia.com/gpu')],
    description: 'One NVIDIA L4; the node may have to be made first.',
    startTimeout: Duration.minutes(20),
  });

  const prepared = Volume.fromEmptyDir(airflow, 'prepared', 'prepared', { medium: EmptyDirMedium.MEMORY, sizeLimit: Size.mebibytes(16) });
  const { reference: image } = airflow.image;
  const volumeMounts = [{ path: '/prepared', volume: prepared }];
  airflow.addTaskPod('prepared', {
    volumeMounts,
    initContainers: [{ name: 'fetch-model', image, command: ['python', '-c', "open('/prepared/model.txt', 'w').write('weights')"], volumeMounts }],
    sidecars: [{
      name: 'model-server',
      image,
      // Ends at SIGTERM, which Python as the first process of a container ignores: the pod would stay for its grace period.
      command: ['dumb-init', '--', 'python', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', '/prepared', '9000'],
      volumeMounts,
    }],
    description: 'With a model in /prepared, and a server of it on port 9000.',
  });

  // No override makes the grace period of the default pod zero, or its scratch volume another one.
  airflow.addTaskPod('scratch', {
    terminationGracePeriod: Duration.seconds(0),
    pod: { scratchSize: Size.gibibytes(20) },
    description: 'With 20Gi in /tmp, ended at once when it is stopped.',
    template: TaskPodTemplate.own(),
  });
}
