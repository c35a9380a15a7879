import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import type { TrustRefresh } from '../config/index.ts';
import type { AppDependencies, TrustRootHealth } from '../http/index.ts';
import type { TufFetch, TufStore } from '../sigstore/tuf/index.ts';

/** What is known of the last refreshes; times in milliseconds since the epoch. */
export interface RefreshStatus {
  /** `sha256:…` of the trusted root that is kept; undefined: there is none yet. */
  digest?: string;
  refreshedAt?: number;
  /** Until when the repository vouches for it. */
  expires?: number;
  /** Why the last try failed. */
  problem?: Code;
}

/** The trusted root that is renewed. */
export interface TrustRoot {
  /** The last good one that is kept. @throws ChartsealError `tuf.store_unavailable` */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Fetches the newest one and keeps it if everything about it is good. Says in the log how that went.
   * @throws ChartsealError `tuf.*`, `sigstore.root_invalid`; what was kept stays
   */
  refresh(signal?: AbortSignal): Promise<void>;
  status(): RefreshStatus;
}

/** @param o.refresh what the configuration says of it */
export function createTrustRoot(o: {
  refresh: TrustRefresh;
  store: TufStore;
  fetch: TufFetch;
  clock: Clock;
  log: AppDependencies['log'];
}): TrustRoot {
  let status: RefreshStatus = {};

  async function learn(bytes: Uint8Array, times: { refreshedAt: number; expires: number }): Promise<string> {
    const digest = `sha256:${toHex(await sha256(bytes))}`;
    status = { digest, refreshedAt: times.refreshedAt, expires: times.expires };
    return digest;
  }

  return {
    status: () => status,
    async read() {
      const { readRefreshed } = await import('../sigstore/tuf/index.ts');
      const kept = await readRefreshed(o.refresh.root, o.store);
      if (kept === undefined) return undefined;
      const { problem } = status;
      await learn(kept.bytes, kept);
      if (problem !== undefined) status.problem = problem;
      return kept.bytes;
    },
    async refresh(signal) {
      try {
        const { refreshTargets, TRUSTED_ROOT } = await import('../sigstore/tuf/index.ts');
        const { readTrustedRoot } = await import('../sigstore/index.ts');
        const refreshed = await refreshTargets({
          mirror: o.refresh.mirror,
          root: o.refresh.root,
          fetch: o.fetch,
          clock: o.clock,
          store: o.store,
          accept: readTrustedRoot,
          ...(signal === undefined ? {} : { signal }),
        });
        const digest = await learn(refreshed.files.get(TRUSTED_ROOT) as Uint8Array, refreshed);
        const { changed, versions, expires } = refreshed;
        const until = new Date(expires).toISOString();
        o.log({
          level: 'info',
          message: 'trusted root refreshed',
          digest,
          changed,
          expires: until,
          versions,
        });
      } catch (error) {
        status = { ...status, problem: error instanceof ChartsealError ? error.code : 'internal.error' };
        if (signal?.aborted !== true) {
          const { digest: kept = null, expires } = status;
          const until = expires === undefined ? null : new Date(expires).toISOString();
          o.log({
            level: 'warn',
            message: 'trusted root not refreshed, the last good one stays',
            kept,
            expires: until,
            error,
          });
        }
        throw error;
      }
    },
  };
}

/**
 * What `/readyz` tells of the trusted root.
 * @param inUse digest of the trusted root in use; until the service has taken a new one, it is not the one that is kept
 */
export function trustRootHealth(inUse: string, status: RefreshStatus): TrustRootHealth {
  const { digest, refreshedAt, expires, problem } = status;
  const known = digest === inUse && refreshedAt !== undefined && expires !== undefined;
  return {
    digest: inUse,
    refreshedAt: known ? new Date(refreshedAt).toISOString() : null,
    expires: known ? new Date(expires).toISOString() : null,
    ...(problem === undefined ? {} : { problem }),
  };
}
