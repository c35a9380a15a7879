import { defineConfig } from 'vitest/config';
import { InteropReporter } from './test/interop/reporter.ts';

// Real Helm against the real registries that globalSetup starts. Two files at a time: they push to repositories of their
// own, and CI has two processors.
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/setup.ts'],
    maxWorkers: 2,
    // For a machine that does something else as well; what waits for a program gives up before, and says for which.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // The table and the list of what was left out come first, so that the counts stay the closing lines.
    reporters: [new InteropReporter(), 'default'],
  },
});
