import { defineConfig } from 'vitest/config';
import { InteropReporter } from './test/interop/reporter.ts';

// Real Helm against real registries, one file after the other: they share the registries that globalSetup starts.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The table and the list of what was left out come first, so that the counts stay the closing lines.
    reporters: [new InteropReporter(), 'default'],
  },
});
