import { randomMerges } from './random-pods';
import { allFields, differences } from './recording';
import { sameInput } from './stale';
import { Json } from '../../src/kubernetes/pod';

const pod = (spec: Json, more: Json[] = []) => ({ spec: { ...spec, containers: [{ name: 'base', env: [{ name: 'A' }, { name: 'B' }] }, ...more] } });

test('differences are told by field, by container and by item of a list', () => {
  expect(differences(pod({ hostname: 'a', tolerations: [{ key: 'a' }] }), {
    spec: { hostname: 'b', securityContext: { runAsUser: 1 }, containers: [{ name: 'base', env: [{ name: 'B' }, { name: 'C' }] }, { name: 'other', tty: true }] },
  })).toEqual([
    '+ spec.containers: base, other',
    '- spec.containers.base.env[0]: {"name":"A"}',
    '+ spec.containers.base.env[1]: {"name":"C"}',
    '+ spec.containers.other.tty: true',
    '- spec.hostname: "a"',
    '+ spec.hostname: "b"',
    '+ spec.securityContext: {"runAsUser":1}',
    '- spec.tolerations[0]: {"key":"a"}',
  ]);
  expect(differences(pod({}), { spec: { containers: [{ name: 'base', env: [{ name: 'A' }, { name: 'B' }, { name: 'A' }] }] } })).toEqual(
    ['+ spec.containers.base.env[+0]: {"name":"A"}']);
});

test('nothing and what is empty are told apart', () => {
  expect([{ a: {} }, { a: [] }, { a: null }, { a: '' }, {}].map(of => differences({ a: [1] }, of))).toEqual([
    ['- a: [1]', '+ a: {}'], ['+ a: []', '- a[0]: 1'], ['- a: [1]', '+ a: null'], ['- a: [1]', '+ a: ""'], ['+ : {}', '- a[0]: 1'],
  ]);
});

test('pods that differ have lines that differ, from whatever pod they are told', () => {
  const pods = Object.values(randomMerges(60)).flatMap(({ base, override }) => [base, override]);
  const distinct = new Set(pods.map(one => JSON.stringify(one))).size;
  for (const from of [pods[0], pods[1], pod({}, [{ name: 'y' }])]) { expect(new Set(pods.map(one => differences(from, one).join('\n'))).size).toBe(distinct); }
  expect(new Set(pods.map(one => allFields(one).join('\n'))).size).toBe(distinct);
});

test('fails where something else was recorded, with both and what to do', () => {
  expect(() => sameInput('x', 'a\nb\nc', 'a\nb')).not.toThrow();
  expect(() => sameInput('x', 'a\nb\nc', '')).not.toThrow();
  expect(() => sameInput('x', 'a\nb\nc', 'a\nd')).toThrow("'x' was recorded of something else; run 'npm run golden' and read its diff\nrecorded b\nrendered d");
  expect(() => sameInput('x', undefined, 'a')).toThrow("'x' was recorded of something else; run 'npm run golden' and read its diff\nrendered a");
});
