// Only these tests run, separated by commas. The runner for jest takes Stryker's own --testFiles for its first run alone; with a
// mutant it then runs every test that imports the file, and none with a constant.
const tests = process.env.MUTATION_TESTS?.split(',');

export default {
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.json',
    config: tests === undefined ? {} : { testMatch: tests.map(file => `<rootDir>/${file}`) },
  },
  coverageAnalysis: 'perTest',
  mutate: ['src/**/*.ts'],
  reporters: ['clear-text', 'progress', 'html'],
};
