import { readRecording, RELEASES } from './recording';
import { allMerges, mergeInput, mergeOutput, mergesWith, mergeTitle } from './sections';
import { outputOf, sameInput } from './stale';

describe.each(RELEASES)('with Airflow %s, two pods are merged as it merges them', release => {
  const recorded = readRecording(release);

  test.each(allMerges())('%s', (name, given) => {
    const input = mergeInput(name, given);
    sameInput(mergeTitle(name), recorded[mergeTitle(name)], input);
    expect(mergeOutput(given, mergesWith(release, given))).toEqual(outputOf(recorded[mergeTitle(name)], input));
  });
});
