import { expect } from 'vitest';
import {
  createMemoryTufStore,
  type Refreshed,
  type RefreshOptions,
  readRefreshed,
  refreshTargets,
  type TufStore,
} from '../../../src/sigstore/tuf/index.ts';
import { MIRROR, type TufRepository } from '../../support/tuf-repository.ts';

export const NOW = Date.UTC(2026, 10, 24, 12);

/** A client of a repository that begins with the root that is newest now. */
export function createClient(repository: TufRepository, options: Partial<RefreshOptions> = {}) {
  const root = repository.root;
  const store: TufStore = createMemoryTufStore();
  const state = { now: NOW };
  return {
    store,
    root,
    state,
    refresh: (more: Partial<RefreshOptions> = {}): Promise<Refreshed> =>
      refreshTargets({
        mirror: MIRROR,
        root,
        fetch: repository.fetch,
        clock: () => state.now,
        store,
        ...options,
        ...more,
      }),
    /** The text of the trusted root that is kept. */
    async kept(): Promise<string | undefined> {
      const found = await readRefreshed(root, store);
      return found && new TextDecoder().decode(found.bytes);
    },
  };
}

/** The refresh fails with this code, and what was good before stays. */
export async function expectRefused(
  client: ReturnType<typeof createClient>,
  code: string,
  message: RegExp | string = '',
): Promise<void> {
  const before = await client.kept();
  await expect(client.refresh()).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  expect(await client.kept()).toBe(before);
}
