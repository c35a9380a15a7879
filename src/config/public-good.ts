import type { TrustRefresh } from './config.ts';
import { SHIPPED_PUBLIC_GOOD } from './shipped-file.ts';

/** How a trust entry calls the trusted root of sigstore.dev; its default. */
export const PUBLIC_GOOD = 'public-good';

/**
 * The trusted root that is kept from the last refresh, if there is a good one. An error is one of its store: then it is
 * not known what is trusted now, and an older root must not take its place unnoticed.
 */
export type ReadRefreshed = (refresh: TrustRefresh) => Promise<Uint8Array | undefined>;

/**
 * The bytes of what `root: public-good` stands for: the refreshed trusted root if the configuration has one refreshed
 * and there is a good one, else the file it begins with, by default the one that comes with chartseal.
 * @throws what reading the file or the store throws
 */
export async function loadPublicGood(
  context: {
    readFile: (path: string) => Promise<Uint8Array>;
    readRefreshed: ReadRefreshed | undefined;
  },
  refresh: TrustRefresh | undefined,
): Promise<Uint8Array> {
  const refreshed = refresh === undefined ? undefined : await context.readRefreshed?.(refresh);
  return refreshed ?? context.readFile(refresh?.trustedRoot ?? SHIPPED_PUBLIC_GOOD);
}
