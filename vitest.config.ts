import { defineConfig } from 'vitest/config';

// Suites under test/service ask the whole application through its public faces; they run twice, once against the
// application in this Node process and once against the Worker in workerd. All other suites run once, on Node.
const faces = ['test/service/**/*.test.ts'];

export default defineConfig({
  test: {
    // What hangs ends; what is slow on a busy machine does not.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/interop/**'],
          provide: { runtime: 'node' },
          globalSetup: ['test/support/say-what-is-left-out.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'workerd',
          include: faces,
          provide: { runtime: 'workerd' },
          globalSetup: ['test/support/bundle-worker.ts'],
        },
      },
    ],
  },
});
