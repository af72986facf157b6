import { App, Chart, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-27';
import { Json } from '../../src/kubernetes/pod';
import { checkReferences, MadeObjects, references } from '../../src/task-pods/check-references';

/** A pod that refers to something in every way. */
const ALL = {
  serviceAccountName: 'account',
  imagePullSecrets: [{ name: 'pull-secret' }],
  containers: [{
    name: 'base',
    env: [
      { name: 'A', value: 'Secret/none' },
      { name: 'B', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'k' } } },
      { name: 'C', valueFrom: { configMapKeyRef: { name: 'env-map', key: 'k' } } },
      { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'E', valueFrom: { secretKeyRef: { name: 'optional-secret', key: 'k', optional: true } } },
    ],
    envFrom: [{ secretRef: { name: 'from-secret' } }, { configMapRef: { name: 'from-map' } }, { configMapRef: { name: 'optional-map', optional: true } }],
  }],
  initContainers: [{ name: 'first', env: [{ name: 'B', valueFrom: { secretKeyRef: { name: 'init-secret', key: 'k' } } }] }],
  volumes: [
    { name: 'a', secret: { secretName: 'volume-secret' } },
    { name: 'b', configMap: { name: 'volume-map' } },
    { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'd', projected: { sources: [{ secret: { name: 'projected-secret' } }, { configMap: { name: 'projected-map' } }, { serviceAccountToken: { path: 'token' } }] } },
    { name: 'e', csi: { driver: 'x', nodePublishSecretRef: { name: 'csi-secret' } } },
    { name: 'f', emptyDir: {} },
    { name: 'g', secret: { secretName: 'optional-volume', optional: true } },
  ],
};

test('references are kinds and names, but for what is optional', () => {
  expect(references({ spec: ALL })).toEqual([
    'ServiceAccount/account', 'Secret/pull-secret', 'Secret/env-secret', 'ConfigMap/env-map', 'Secret/from-secret', 'ConfigMap/from-map', 'Secret/init-secret',
    'Secret/volume-secret', 'ConfigMap/volume-map', 'PersistentVolumeClaim/claim', 'Secret/projected-secret', 'ConfigMap/projected-map', 'Secret/csi-secret',
  ]);
  expect(references({ spec: { containers: [{ name: 'base' }] } })).toEqual([]);
});

describe('a pod', () => {
  const pod = { spec: { serviceAccountName: 'mine', containers: [{ name: 'base' }] } };
  const KNOWN = { namespace: 'airflow' };

  /** Checks the pod in an app that makes its account in these namespaces. */
  function checking(namespaces: (string | undefined)[], known: { file?: Json; existingObjects?: string[] }): () => void {
    const app = new App();
    namespaces.forEach((namespace, index) => new kplus.ServiceAccount(new Chart(app, `c${index}`, { namespace }), 'account', { metadata: { name: 'mine' } }));
    const scope = new Chart(app, 'pod');
    return () => checkReferences(scope, pod, { ...KNOWN, ...known }, new MadeObjects(scope));
  }

  test.each<[string, (string | undefined)[], { file?: Json; existingObjects?: string[] }]>([
    ['is not made, since a prop names it', [], {}],
    ['is not made, since the file is of other things', [], { file: { spec: { containers: [] } } }],
    ['is not made, but said to exist', [], { file: pod, existingObjects: ['Secret/mine', 'ServiceAccount/mine'] }],
    ['is made in its namespace', ['airflow'], { file: pod }],
    ['is made in its namespace and in another', ['other', 'airflow'], { file: pod }],
    ['is made in another namespace, but said to exist in its own', ['other'], { file: pod, existingObjects: ['ServiceAccount/mine'] }],
    ['is made wherever the YAML is applied', [undefined], { file: pod }],
  ])('may refer to what %s', (_, namespaces, known) => {
    expect(checking(namespaces, known)).not.toThrow();
  });

  test('is not searched for in the whole app when what most refer to is near', () => {
    const app = new App();
    const everywhere = jest.spyOn(app.node, 'findAll');
    const scope = new Chart(app, 'pod', { namespace: 'airflow' });
    new kplus.ServiceAccount(scope, 'account', { metadata: { name: 'mine' } });
    checkReferences(scope, pod, { ...KNOWN, file: pod }, new MadeObjects(scope));
    expect(everywhere).not.toHaveBeenCalled();
  });

  test('is searched for once in a synthesis, and anew in the next', () => {
    const app = new App();
    const scope = new Chart(app, 'pod', { namespace: 'airflow' });
    MadeObjects.forgetWhenValidated(scope);
    const check = () => checkReferences(scope, pod, { ...KNOWN, file: pod }, new MadeObjects(scope));
    const everywhere = jest.spyOn(app.node, 'findAll');
    expect(check).toThrow("'template' refers to ServiceAccount/mine, which this app does not make");
    expect(check).toThrow("'template' refers to ServiceAccount/mine, which this app does not make");
    expect(everywhere).toHaveBeenCalledTimes(1);
    new kplus.ServiceAccount(new Chart(app, 'other', { namespace: 'airflow' }), 'account', { metadata: { name: 'mine' } });
    Testing.synth(scope);
    expect(check).not.toThrow();
  });

  test('fails when a file refers to what is not made', () => {
    const message = new Error("pod: 'template' refers to ServiceAccount/mine, which this app does not make; make it, or name it in 'existingObjects'");
    expect(checking([], { file: pod })).toThrow(message);
    expect(checking([], { file: pod, existingObjects: ['Secret/mine', 'ServiceAccount/other'] })).toThrow(message);
  });

  test('fails when what it refers to is made in another namespace', () => {
    const message = new Error("pod: the pod is in the namespace 'airflow', but ServiceAccount/mine is made in 'other'; make it in both, or leave it out");
    expect(checking(['other'], {})).toThrow(message);
    expect(checking(['other', 'third'], { file: pod })).toThrow(message);
  });
});
