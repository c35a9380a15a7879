import type { Clock } from '../../base/clock.ts';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  checkExpiry,
  snapshotFacts,
  targetsFacts,
} from './accept.ts';
import { checkFile, hashOf } from './check-file.ts';
import { type Mirror, openMirror, type TufFetch } from './fetch-file.ts';
import { encodeKept, type Kept } from './kept.ts';
import { DEFAULT_TUF_LIMITS, type TufLimits } from './limits.ts';
import type { ParsedMetadata } from './parse-metadata.ts';
import { RECORD, readKept, type Trusted } from './read-kept.ts';
import type { TufStore } from './store.ts';

/** What {@link refreshTargets} takes. */
export interface RefreshOptions {
  /** Where the repository is: https, or http to an address of this machine itself. Redirects are not followed. */
  mirror: string;
  /** The TUF root (`root.json`) where trust begins. It may have expired, as long as its successors lead to one that has not. */
  root: Uint8Array;
  fetch: TufFetch;
  clock: Clock;
  store: TufStore;
  /** Names of top-level targets. Delegations are not followed. Default: `trusted_root.json`. */
  targets?: readonly string[];
  /** Looks at what was fetched and verified before it takes the place of the last good files; throws to refuse it. */
  accept?: (bytes: Uint8Array, name: string) => unknown;
  limits?: Partial<TufLimits>;
  /** Gives up. */
  signal?: AbortSignal;
}

/** What a refresh found. */
export interface Refreshed {
  /** The targets asked for, verified. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Is one of them another than was kept before? Also true the first time. */
  changed: boolean;
  /** Milliseconds since the epoch. */
  refreshedAt: number;
  /** When the first of the metadata expires that vouch for the files. */
  expires: number;
  /** The newest TUF root. */
  root: Uint8Array;
  versions: { root: number; timestamp: number; snapshot: number; targets: number };
}

/** The trusted root in the repository of a sigstore instance. */
export const TRUSTED_ROOT = 'trusted_root.json';

/**
 * Fetches files from a TUF repository by the detailed client workflow of the TUF specification 1.0 (section 5): from
 * root to root with the thresholds of both, then timestamp, snapshot, targets and the files themselves; expiry by the
 * clock at the beginning, no version older than one seen before.
 *
 * Files that were kept are replaced only after everything was verified. Metadata is kept as soon as it was verified,
 * also when a later step fails (5.3.8, 5.4.5, 5.5.7): what was seen once, nobody can take back.
 * @throws ChartsealError `tuf.*`, or what `accept` throws
 */
export async function refreshTargets(options: RefreshOptions): Promise<Refreshed> {
  const now = options.clock();
  const before = await readKept(options.root, options.store);
  const trusted: Trusted = { ...before };
  const limits = { ...DEFAULT_TUF_LIMITS, ...options.limits };
  const mirror = openMirror({
    mirror: options.mirror,
    fetch: options.fetch,
    limits,
    signal: options.signal,
  });
  try {
    await update(trusted, before.root, mirror, limits, now);
    const { timestamp, snapshot, targets } = await readLists(trusted, mirror, limits, now);
    const wanted = options.targets ?? [TRUSTED_ROOT];
    const files = new Map<string, Uint8Array>();
    for (const name of wanted) {
      const bytes = await readTarget(name, targets, trusted, mirror, limits);
      await options.accept?.(bytes, name);
      files.set(name, bytes);
    }
    const signed = [trusted.root, timestamp, snapshot, targets];
    const expires = Math.min(...signed.map((one) => one.expires));
    const changed = [...files].some(([name, bytes]) => !isSame(bytes, before.good?.files.get(name)));
    const rootVersion = trusted.root.version;
    trusted.good = {
      rootVersion,
      targets: targets.bytes,
      metadata: targets,
      files,
      refreshedAt: now,
      expires,
    };
    await keep(trusted, options.store);
    const versions = {
      root: rootVersion,
      timestamp: timestamp.version,
      snapshot: snapshot.version,
      targets: targets.version,
    };
    return { files, changed, refreshedAt: now, expires, root: trusted.root.bytes, versions };
  } catch (error) {
    // The failure that led here is the one to tell of.
    if (moved(before, trusted)) await keep(trusted, options.store).catch(() => {});
    throw error;
  } finally {
    mirror.close();
  }
}

// Section 5.3.
async function update(
  trusted: Trusted,
  first: ParsedMetadata<'root'>,
  mirror: Mirror,
  limits: TufLimits,
  now: number,
): Promise<void> {
  for (let step = 0; step < limits.rootRotations; step++) {
    const bytes = await mirror.find(`${trusted.root.version + 1}.root.json`, limits.rootBytes);
    if (bytes === undefined) break;
    trusted.root = acceptRoot(trusted.root, bytes);
    trusted.roots = [...trusted.roots, bytes];
  }
  // 5.3.11: whoever had the old keys may have counted the versions up as far as they go.
  if (
    keysOf(first, 'timestamp') !== keysOf(trusted.root, 'timestamp') ||
    keysOf(first, 'snapshot') !== keysOf(trusted.root, 'snapshot')
  ) {
    trusted.timestamp = undefined;
    trusted.snapshot = undefined;
  }
  checkExpiry(trusted.root, now);
}

// Sections 5.4 to 5.6.
async function readLists(trusted: Trusted, mirror: Mirror, limits: TufLimits, now: number) {
  const { root } = trusted;
  const numbered = (name: string, version: number) =>
    root.signed.consistentSnapshot ? `${version}.${name}` : name;

  const timestampBytes = await mirror.read('timestamp.json', limits.timestampBytes);
  const timestamp = acceptTimestamp(root, trusted.timestamp, timestampBytes, now);
  trusted.timestamp = timestamp;

  // What is kept is taken if it is what is listed now, so that a repository without news costs one request or two.
  const listed = snapshotFacts(timestamp);
  const takeSnapshot = (bytes: Uint8Array) => acceptSnapshot(root, timestamp, trusted.snapshot, bytes, now);
  const snapshot =
    (trusted.snapshot && attempt(takeSnapshot, trusted.snapshot.bytes)) ??
    takeSnapshot(
      await mirror.read(
        numbered('snapshot.json', listed.version),
        least(listed.length, limits.snapshotBytes),
      ),
    );
  trusted.snapshot = snapshot;

  const { version, length } = targetsFacts(snapshot);
  const takeTargets = (bytes: Uint8Array) => acceptTargets(root, snapshot, bytes, now);
  const targets =
    (trusted.good && attempt(takeTargets, trusted.good.targets)) ??
    takeTargets(await mirror.read(numbered('targets.json', version), least(length, limits.targetsBytes)));
  return { timestamp, snapshot, targets };
}

// Section 5.7.
async function readTarget(
  name: string,
  targets: ParsedMetadata<'targets'>,
  trusted: Trusted,
  mirror: Mirror,
  limits: TufLimits,
): Promise<Uint8Array> {
  const listed = targets.signed.targets;
  const facts = Object.hasOwn(listed, name) ? listed[name] : undefined;
  if (facts === undefined) {
    throw new ChartsealError('tuf.target_missing', `TUF targets metadata does not list ${clean(name)}`);
  }
  const what = `target ${clean(name)}`;
  const kept = trusted.good?.files.get(name);
  const check = (bytes: Uint8Array) => {
    checkFile(bytes, facts, what, 'hash');
    return bytes;
  };
  const asListed = kept && attempt(check, kept);
  if (asListed !== undefined) return asListed;
  if (facts.length > limits.targetBytes) {
    throw new ChartsealError(
      'tuf.too_large',
      `TUF ${what}: ${facts.length} bytes are signed where at most ${limits.targetBytes} are read`,
    );
  }
  const hash = hashOf(facts, 'sha256') ?? hashOf(facts, 'sha512');
  const path = trusted.root.signed.consistentSnapshot && hash !== undefined ? `${hash}.${name}` : name;
  return check(await mirror.read(`targets/${path}`, facts.length));
}

function attempt<T>(take: (bytes: Uint8Array) => T, bytes: Uint8Array): T | undefined {
  try {
    return take(bytes);
  } catch {
    return undefined;
  }
}

function keysOf(root: ParsedMetadata<'root'>, role: string): string {
  return [...(root.signed.roles[role]?.keyIDs ?? [])].sort().join(' ');
}

function least(length: number | undefined, limit: number): number {
  return Math.min(length ?? limit, limit);
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return (
    other !== undefined &&
    one.byteLength === other.byteLength &&
    one.every((byte, index) => byte === other[index])
  );
}

function moved(before: Trusted, after: Trusted): boolean {
  return (
    before.root !== after.root || before.timestamp !== after.timestamp || before.snapshot !== after.snapshot
  );
}

async function keep(trusted: Trusted, store: TufStore): Promise<void> {
  const { roots, timestamp, snapshot, good } = trusted;
  const kept: Kept = { roots, timestamp: timestamp?.bytes, snapshot: snapshot?.bytes, good };
  await store.set(RECORD, encodeKept(kept));
}
