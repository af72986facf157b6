import { App, Chart } from 'cdk8s';
import { gather, Mistake } from '../../src/kubernetes/problems';
import { failure } from '../../src/kubernetes/validate';

const chart = new Chart(new App(), 'chart');
const inner = new Chart(chart, 'inner');

test('does nothing where nothing is wrong', () => {
  expect(() => gather(chart, problems => problems.check(() => {}))).not.toThrow();
});

test('fails with one mistake as it is', () => {
  expect(() => gather(chart, problems => problems.check(() => { throw failure(chart, 'a'); }))).toThrow(new Error('chart: a'));
  expect(() => gather(undefined, problems => problems.add('a'))).toThrow(new Error('a'));
});

test('fails with all mistakes, in the order of the checks, each once', () => {
  const body = () => gather(chart, problems => {
    problems.check(() => { throw failure(chart, 'b'); });
    problems.add('a');
    problems.check(() => { throw failure(chart, 'b'); });
    problems.check(() => { throw new Mistake('without a construct'); });
    problems.check(() => { throw failure(inner, 'c'); });
    throw failure(chart, 'last');
  });
  expect(body).toThrow(new Error('chart: 5 mistakes:\n  b\n  a\n  without a construct\n  chart/inner: c\n  last'));
});

test('fails with one list of the lists that checks make themselves', () => {
  const two = (scope: Chart | undefined) => gather(scope, problems => {
    problems.add('a');
    problems.add('b');
  });
  const body = () => gather(chart, problems => {
    problems.check(() => two(chart));
    problems.check(() => two(inner));
    problems.check(() => two(undefined));
  });
  expect(body).toThrow(new Error('chart: 4 mistakes:\n  a\n  b\n  chart/inner: a\n  chart/inner: b'));
});

test('fails at once with an error that is no mistake', () => {
  const body = () => gather(chart, problems => {
    problems.check(() => { throw new Error('of another library'); });
    problems.add('a');
  });
  expect(body).toThrow(new Error('of another library'));
});

test('fails with the mistakes before an error that is likely their consequence', () => {
  const body = () => gather(chart, problems => {
    problems.add('a');
    problems.check(() => gather(chart, inside => {
      inside.add('b');
      inside.check(() => { throw new TypeError('of what is not there'); });
    }));
  });
  expect(body).toThrow(new Error('chart: 2 mistakes:\n  a\n  b'));
});
