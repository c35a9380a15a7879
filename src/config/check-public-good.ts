import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import type { CheckContext } from './check-context.ts';
import type { Config, TrustRefresh } from './config.ts';
import { wordsOf } from './words-of.ts';

/** Reads the trusted root that is in use where it is refreshed; undefined if there is none. */
export async function checkPublicGood(
  refresh: TrustRefresh,
  context: CheckContext,
): Promise<Config['trustRefresh']> {
  try {
    return { ...refresh, inUse: `sha256:${toHex(await sha256(await context.publicGood()))}` };
  } catch (error) {
    context.report(['sigstore', 'refresh'], `cannot read the trusted root that is in use: ${wordsOf(error)}`);
    return undefined;
  }
}
