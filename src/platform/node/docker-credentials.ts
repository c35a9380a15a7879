import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import type { Credentials } from '../../oci/options.ts';
import { createMemoryCache } from '../memory-cache.ts';
import { findCredentials } from './find-credentials.ts';
import { runHelper } from './run-helper.ts';

export { findCredentials } from './find-credentials.ts';

/** Milliseconds for which what was found for a host is kept, so that helpers do not run for each request. */
const KEEP_CREDENTIALS_MS = 60_000;

/**
 * `credentialsFor` of the registry client on this machine: {@link findCredentials} with the real files and helpers,
 * asked once a minute for each host. Failures are not kept.
 */
export function createCredentialLookup(options: {
  env: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
}): (host: string, repository?: string) => Promise<Credentials | undefined> {
  const clock = options.clock ?? Date.now;
  const cache = createMemoryCache<Promise<Credentials | undefined>>({ max: 100, clock });
  const sources = {
    env: options.env,
    homedir: (process.platform === 'win32' ? options.env.USERPROFILE : options.env.HOME) || homedir(),
    platform: process.platform,
    readFile,
    execFile: runHelper,
  };
  return (host) => {
    const known = cache.get(host);
    if (known !== undefined) return known;
    const found = findCredentials(host, sources);
    cache.set(host, found, clock() + KEEP_CREDENTIALS_MS);
    found.catch(() => cache.delete(host));
    return found;
  };
}
