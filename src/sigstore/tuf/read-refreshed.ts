import { readKept } from './read-kept.ts';
import { TRUSTED_ROOT } from './refresh-targets.ts';
import type { TufStore } from './store.ts';

/** The trusted root of the last refresh that went through. */
interface RefreshedRoot {
  bytes: Uint8Array;
  /** When it was fetched; milliseconds since the epoch. */
  refreshedAt: number;
  /** Until when the repository vouched for it. */
  expires: number;
}

/**
 * The trusted root that a store keeps, verified again from the configured TUF root on.
 * @param root the configured TUF root
 * @returns undefined if there was no refresh yet, or what is kept does not verify
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned` for the configured TUF root; `tuf.store_unavailable`
 */
export async function readRefreshed(root: Uint8Array, store: TufStore): Promise<RefreshedRoot | undefined> {
  const { good } = await readKept(root, store);
  const bytes = good?.files.get(TRUSTED_ROOT);
  if (good === undefined || bytes === undefined) return undefined;
  return { bytes, refreshedAt: good.refreshedAt, expires: good.expires };
}
