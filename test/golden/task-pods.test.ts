import { Rendered, versionOf } from './case';
import { allFields, readRecording, RELEASES } from './recording';
import {
  changes, PLACEHOLDERS, plainTemplate, pythonSources, taskPodInput, taskPodOutput, taskPodsOf, taskPodTitle, withoutPerTask,
} from './sections';
import { outputOf, sameInput } from './stale';

test('what the library runs in Python is what was recorded', () => {
  for (const release of RELEASES) { sameInput('scripts of the library', readRecording(release)['scripts of the library'], pythonSources()); }
});

describe.each(RELEASES)('with Airflow %s, the preview is field by field the pod that it makes', release => {
  const recorded = readRecording(release);
  const usual = recorded['what every pod gets'].split('\n');
  const plain = plainTemplate(release);

  test('of the template that was recorded', () => {
    sameInput('plain template', recorded['plain template'], allFields(plain).join('\n'));
  });

  test('with what every pod gets', () => {
    const rendered = new Rendered(versionOf(release), {});
    expect(changes(rendered, rendered.preview)).toEqual(usual);
  });

  test.each(taskPodsOf(release))('%s', (name, given) => {
    const rendered = new Rendered(versionOf(release), given);
    const title = taskPodTitle(name);
    const input = taskPodInput(rendered, plain, given);
    sameInput(title, recorded[title], input);
    expect(withoutPerTask(rendered.preview).taken).toEqual(PLACEHOLDERS);
    expect(taskPodOutput(rendered, rendered.preview, usual).split('\n')).toEqual(outputOf(recorded[title], input).split('\n'));
  });
});
