import type { BuildOptions } from 'esbuild';

/**
 * How esbuild bundles the Worker in tests and benchmarks: as `wrangler deploy` does for wrangler.toml (nodejs_compat,
 * the `workerd` condition, Node's modules left to the runtime).
 */
export const workerBuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2024',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['workerd', 'worker', 'browser', 'import'],
  external: ['node:*', 'cloudflare:*'],
  alias: Object.fromEntries(
    [
      'assert',
      'buffer',
      'crypto',
      'events',
      'fs',
      'path',
      'stream',
      'string_decoder',
      'util',
      'url',
      'zlib',
    ].map((name) => [name, `node:${name}`]),
  ),
  logLevel: 'error',
} satisfies BuildOptions;
