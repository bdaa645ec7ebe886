import { defineConfig } from 'vitest/config';
import { SkippedByName } from './tests/skipped-by-name.ts';

/** CI names a file that the results go to as JSON, beside what a person reads. */
const results = process.env.KERBWATCH_TEST_RESULTS;

export default defineConfig({
  test: {
    include: ['tests/{unit,property,contract,infra,e2e,browser}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: [
      'default',
      new SkippedByName(),
      ...(results === undefined ? [] : [['json', { outputFile: results }] satisfies ['json', { outputFile: string }]]),
    ],
  },
});
