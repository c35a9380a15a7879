import { Buffer } from 'node:buffer';

/** The result of the last refresh that went through to its end. */
export interface KeptTargets {
  /** Version of the TUF root that accepted `targets`. */
  rootVersion: number;
  /** The top-level targets metadata. */
  targets: Uint8Array;
  /** Files by their names in `targets`. */
  files: ReadonlyMap<string, Uint8Array>;
  /** When it was fetched; milliseconds since the epoch. */
  refreshedAt: number;
  /** When the first of the metadata that vouched for it expires. */
  expires: number;
}

/** What is kept from one refresh to the next. */
export interface Kept {
  /** TUF roots that followed the one that is configured, oldest first, each version. */
  roots: readonly Uint8Array[];
  /** The newest ones that were accepted: nothing older is accepted any more. */
  timestamp?: Uint8Array | undefined;
  snapshot?: Uint8Array | undefined;
  good?: KeptTargets | undefined;
}

const FORMAT = 1;
/** What is larger is not one of these records. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** One record, so that it is replaced as a whole. */
export function encodeKept({ roots, timestamp, snapshot, good }: Kept): Uint8Array {
  const record = {
    format: FORMAT,
    roots: roots.map(toBase64),
    ...(timestamp === undefined ? {} : { timestamp: toBase64(timestamp) }),
    ...(snapshot === undefined ? {} : { snapshot: toBase64(snapshot) }),
    ...(good === undefined
      ? {}
      : {
          good: {
            rootVersion: good.rootVersion,
            targets: toBase64(good.targets),
            files: Object.fromEntries([...good.files].map(([name, bytes]) => [name, toBase64(bytes)])),
            refreshedAt: good.refreshedAt,
            expires: good.expires,
          },
        }),
  };
  return new TextEncoder().encode(`${JSON.stringify(record)}\n`);
}

/** undefined for anything that is no such record: then there is nothing to start from but the configured TUF root. */
export function decodeKept(bytes: Uint8Array): Kept | undefined {
  if (bytes.byteLength > MAX_RECORD_BYTES) return undefined;
  try {
    const record = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (record?.format !== FORMAT || !Array.isArray(record.roots)) return undefined;
    const { timestamp, snapshot, good } = record;
    return {
      roots: record.roots.map(fromBase64),
      ...(timestamp === undefined ? {} : { timestamp: fromBase64(timestamp) }),
      ...(snapshot === undefined ? {} : { snapshot: fromBase64(snapshot) }),
      ...(good === undefined ? {} : { good: readGood(good) }),
    };
  } catch {
    return undefined;
  }
}

function readGood(good: Record<string, unknown>): KeptTargets {
  const entries = Object.entries(good.files as object).map(
    ([name, text]) => [name, fromBase64(text)] as const,
  );
  return {
    rootVersion: wholeNumber(good.rootVersion),
    targets: fromBase64(good.targets),
    files: new Map(entries),
    refreshedAt: time(good.refreshedAt),
    expires: time(good.expires),
  };
}

function wholeNumber(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new TypeError('no whole number');
  return value;
}

// Whoever can write to the store could otherwise have /readyz fail at a time that cannot be written.
function time(value: unknown): number {
  const ms = wholeNumber(value);
  if (Number.isNaN(new Date(ms).getTime())) throw new TypeError('no time');
  return ms;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function fromBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string') throw new TypeError('no text');
  return new Uint8Array(Buffer.from(text, 'base64'));
}
