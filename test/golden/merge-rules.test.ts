import { mergeRulesTable, readPage, withTable } from './merge-rules';

test('the merge rules in the documentation are those that were recorded; otherwise run npm run golden', () => {
  expect(readPage()).toBe(withTable(readPage(), mergeRulesTable()));
});

test('fails without the lines between which the table stands', () => {
  expect(() => withTable('# Task pods\n', '')).toThrow('between which the table of merge rules stands; put them there');
});
