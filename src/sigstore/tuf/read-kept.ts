import { ChartsealError } from '../../base/error.ts';
import { acceptRoot } from './accept.ts';
import { checkFile } from './check-file.ts';
import { decodeKept, type KeptTargets } from './kept.ts';
import { type ParsedMetadata, parseMetadata } from './parse-metadata.ts';
import type { TufStore } from './store.ts';
import { verifyRole } from './verify-role.ts';

/** What is trusted before a refresh begins. */
export interface Trusted {
  /** The newest TUF root that can be reached from the configured one. */
  root: ParsedMetadata<'root'>;
  /** The files of the roots after the configured one, up to `root`. */
  roots: readonly Uint8Array[];
  timestamp?: ParsedMetadata<'timestamp'> | undefined;
  snapshot?: ParsedMetadata<'snapshot'> | undefined;
  good?: (KeptTargets & { metadata: ParsedMetadata<'targets'> }) | undefined;
}

/** The one record of a store. */
export const RECORD = 'tuf.json';

/**
 * Reads what is kept and verifies it again, from the configured TUF root on: a store that somebody else can write to
 * can make it forget, but not believe. What does not verify is left out. Expiry is not looked at (TUF specification
 * 1.0, section 5.2): what was good when it was fetched stays the last good one.
 * @param rootBytes the configured TUF root, where trust begins
 * @throws ChartsealError `tuf.malformed`, `tuf.unsigned` for that root; `tuf.store_unavailable`
 */
export async function readKept(rootBytes: Uint8Array, store: TufStore): Promise<Trusted> {
  const anchor = parseMetadata('root', rootBytes);
  verifyRole(anchor, anchor);
  const bytes = await store.get(RECORD);
  const kept = bytes === undefined ? undefined : decodeKept(bytes);
  if (kept === undefined) return { root: anchor, roots: [] };

  const chain = followRoots(anchor, kept.roots);
  const root = chain.at(-1) ?? anchor;
  const timestamp = attempt(() => verified(root, 'timestamp', kept.timestamp));
  const snapshot = attempt(() => verified(root, 'snapshot', kept.snapshot));
  const good = kept.good;
  const metadata =
    good &&
    attempt(() => {
      // An older one than the configured root may be gone; then the configured one must accept it.
      const by = chain.find(({ version }) => version === good.rootVersion) ?? anchor;
      return verified(by, 'targets', good.targets);
    });
  return {
    root,
    roots: chain.map((one) => one.bytes),
    timestamp,
    snapshot,
    ...(good && metadata ? { good: { ...good, files: goodFiles(good, metadata), metadata } } : {}),
  };
}

// The configured root may be newer than the first ones that are kept, after an update of chartseal.
function followRoots(anchor: ParsedMetadata<'root'>, roots: readonly Uint8Array[]): ParsedMetadata<'root'>[] {
  const chain: ParsedMetadata<'root'>[] = [];
  for (const bytes of roots) {
    const last = chain.at(-1) ?? anchor;
    const version = attempt(() => parseMetadata('root', bytes).version);
    if (version !== undefined && version <= anchor.version) continue;
    const next = attempt(() => acceptRoot(last, bytes));
    if (next === undefined) break;
    chain.push(next);
  }
  return chain;
}

function verified<R extends 'timestamp' | 'snapshot' | 'targets'>(
  root: ParsedMetadata<'root'>,
  role: R,
  bytes: Uint8Array | undefined,
): ParsedMetadata<R> | undefined {
  if (bytes === undefined) return undefined;
  const parsed = parseMetadata(role, bytes);
  verifyRole(root, parsed);
  return parsed;
}

function goodFiles(good: KeptTargets, metadata: ParsedMetadata<'targets'>): Map<string, Uint8Array> {
  const { targets } = metadata.signed;
  return new Map(
    [...good.files].filter(([name, bytes]) => {
      const facts = Object.hasOwn(targets, name) ? targets[name] : undefined;
      return (
        facts !== undefined && attempt(() => checkFile(bytes, facts, name, 'hash') === undefined) === true
      );
    }),
  );
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ChartsealError) return undefined;
    throw error;
  }
}
