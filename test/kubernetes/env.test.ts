import { Env, SecretKey } from '../../src/index';
import { env, main, synthAirflow } from '../util';

test('variables with literal values, beside others', () => {
  const container = main(synthAirflow({ scheduler: { env: { ...Env.of({ A: '1', B: '' }), C: SecretKey.of('app', 'token').toEnvValue() } } }), 'scheduler');
  expect(['A', 'B', 'C'].map(name => env(container, name))).toEqual([
    { name: 'A', value: '1' }, { name: 'B', value: '' }, { name: 'C', valueFrom: { secretKeyRef: { name: 'app', key: 'token' } } },
  ]);
  expect(Env.of({})).toEqual({});
});

test('fails with a value that is no text', () => {
  expect(() => Env.of({ A: 3 as unknown as string })).toThrow(new Error("'A' must be a text, got 3; put it in quotes"));
});
