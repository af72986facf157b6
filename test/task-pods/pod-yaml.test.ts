import { parse } from 'yaml';
import { podYaml } from '../../src/task-pods/pod-yaml';

test('is plain YAML, its keys in order', () => {
  expect(podYaml({ spec: { b: ['x: y', 'multi\nline'], a: '0777' } })).toBe('spec:\n  a: "0777"\n  b:\n    - "x: y"\n    - |-\n      multi\n      line\n');
});

test.each(['=', '<<', 'a\tb', 'a\x7fb', 'a\x85b', 'a\u2028b', '\ufeffa'])('says %j in a form that no parser takes for something else', value => {
  const text = podYaml({ spec: { value, other: 1 } });
  expect(parse(text)).toEqual({ spec: { value, other: 1 } });
  // eslint-disable-next-line no-control-regex
  expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  expect(text.startsWith('{')).toBe(true);
});
