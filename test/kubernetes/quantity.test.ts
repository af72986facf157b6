import { parseQuantity } from '../../src/kubernetes/quantity';

test.each<[unknown, number]>([
  ['0', 0], ['1', 1], ['+1', 1], ['-1.5', -1.5], ['1.', 1], ['.5', 0.5], ['007', 7],
  ['5n', 5e-9], ['5u', 5e-6], ['5m', 5e-3], ['5k', 5e3], ['5M', 5e6], ['5G', 5e9], ['5T', 5e12], ['5P', 5e15], ['5E', 5e18],
  ['5Ki', 5 * 2 ** 10], ['5Mi', 5 * 2 ** 20], ['1.5Gi', 1.5 * 2 ** 30], ['5Ti', 5 * 2 ** 40], ['5Pi', 5 * 2 ** 50], ['5Ei', 5 * 2 ** 60],
  ['5e3', 5000], ['5E3', 5000], ['5e+3', 5000], ['5E-3', 0.005], ['.5e1', 5],
  [2, 2], [0.25, 0.25], [1e21, 1e21],
])('%j is %d', (quantity, number) => {
  expect(parseQuantity(quantity)).toBe(number);
});

test.each(['700m', '0.7', '7e-1', '700000u'])('%s is 0.7 to the last bit, so that a request is not above the same limit', quantity => {
  expect(parseQuantity(quantity)).toBe(0.7);
});

test.each([
  '', ' ', '1 ', ' 1', '1 Gi', 'Gi', 'm', '-', '.', '1.2.3', '1,5', '1g', '1K', '1gi', '1KI', '1ki', '1mi', '1Gb', '1e', '1e1.5', '1e3Ki', '1E3M', 'ten', '0x10', 'NaN',
  'Infinity', '1constructor', '1toString', undefined, null, true, {}, ['1'], NaN,
])('%j is no quantity', quantity => {
  expect(parseQuantity(quantity)).toBeUndefined();
});
