import { canonical, checksum } from '../../src/kubernetes/checksum';

test('is ten digits of a hash', () => {
  expect(checksum({ a: 1 })).toBe('015abd7f5c');
});

test('does not depend on the order of keys, at any depth', () => {
  expect(checksum({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(checksum({ b: [{ d: 3, c: 2 }], a: 1 }));
});

test.each([[{ a: 1 }, { a: 2 }], [[1, 2], [2, 1]], [{ a: null }, {}], [{ a: '1' }, { a: 1 }], [{ a: { b: 1 } }, { a: 1, b: 1 }]])(
  'tells %j from %j', (one, two) => {
    expect(checksum(one)).not.toBe(checksum(two));
  });

test('leaves out what is undefined', () => {
  expect(checksum({ a: 1, b: undefined })).toBe(checksum({ a: 1 }));
});

test('canonical data has its keys in order and keeps false, 0 and the empty text', () => {
  expect(JSON.stringify(canonical({ z: undefined, b: [{ y: '', x: false }], a: 0 }))).toBe('{"a":0,"b":[{"x":false,"y":""}]}');
});
