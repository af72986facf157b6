import { describe, python, test } from './python';

const KEYS = [
  { name: 'FERNET_KEY_1', valueFrom: { secretKeyRef: { name: 'keys', key: 'new' } } },
  { name: 'FERNET_KEY_2', valueFrom: { secretKeyRef: { name: 'keys', key: 'old' } } },
  { name: 'AIRFLOW__CORE__FERNET_KEY', value: '$(FERNET_KEY_1),$(FERNET_KEY_2)' },
];
const OLD = [{ name: 'AIRFLOW__CORE__FERNET_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'old' } } }];
const OTHER = { name: 'LEVEL', value: 'debug' };
const pod = (name: string, env: object[] | undefined, phase = 'Running', part = 'containers') => ({
  metadata: { name }, status: { phase }, spec: { containers: [{ name: 'base' }], [part]: [{ name: 'main', ...env && { env } }] },
});

/** Runs Python with pages of pods that the API gives one after the other, and the calls that were made. */
function withPods(pages: object[][], code: string): { value: unknown; printed: string[] } {
  return python(`
import rotate_fernet_key as rotate
pages = json.loads('''${JSON.stringify(pages)}''')
keys = json.loads('''${JSON.stringify(KEYS)}''')
calls = []
def call(method, path):
    calls.append(path)
    items = pages.pop(0) if pages else []
    return {"items": items, "metadata": {"continue": "more"} if pages else {}}
rotate.call = call
rotate.time.sleep = lambda seconds: None
${code}`);
}

describe('the Job waits for pods', () => {
  test('with the old key alone, also in an init container, and for no other pod', () => {
    const { value } = withPods([[
      pod('new', [OTHER, ...KEYS]), pod('old', [OTHER, ...OLD]), pod('init', OLD, 'Pending', 'initContainers'), pod('none', [OTHER]), pod('bare', undefined),
      pod('done', OLD, 'Succeeded'), pod('failed', OLD, 'Failed'), pod('file', [{ name: 'AIRFLOW__CORE__FERNET_KEY_CMD', value: 'cat /old' }]),
    ]], 'answer(rotate.others(["data"], "a=b", keys))');
    expect(value).toEqual(['data/old', 'data/init', 'data/file']);
  });

  test('whose keys have another order, because they still encrypt with the old one', () => {
    const [first, second, both] = KEYS;
    const swapped = [{ ...first, valueFrom: second.valueFrom }, { ...second, valueFrom: first.valueFrom }, both];
    expect(withPods([[pod('swapped', swapped)]], 'answer(rotate.others(["data"], "a=b", keys))').value).toEqual(['data/swapped']);
  });

  test('on all pages and in all namespaces', () => {
    const { value } = withPods([[pod('one', OLD)], [pod('two', OLD)]], 'answer([rotate.others(["data", "jobs"], "a=b,c=d", keys), calls])');
    expect(value).toEqual([['data/one', 'data/two'], [
      '/api/v1/namespaces/data/pods?labelSelector=a%3Db%2Cc%3Dd&limit=200',
      '/api/v1/namespaces/data/pods?labelSelector=a%3Db%2Cc%3Dd&limit=200&continue=more',
      '/api/v1/namespaces/jobs/pods?labelSelector=a%3Db%2Cc%3Dd&limit=200',
    ]]);
  });

  test('until there are none, and names them', () => {
    const { value, printed } = withPods([], `
found = [["data/old"], ["data/old"], []]
rotate.others = lambda *_: found.pop(0)
rotate.wait_for_pods(["data"], "a=b", keys)
answer(found)`);
    expect(value).toEqual([]);
    expect(printed).toEqual(['waiting until 1 pods with other Fernet keys have ended: data/old']);
  });
});
