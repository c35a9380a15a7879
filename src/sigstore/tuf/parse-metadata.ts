import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { MAX_ENTRIES } from './limits.ts';

/** The four top-level roles of a TUF repository. */
export type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';

interface Models {
  root: Root;
  timestamp: Timestamp;
  snapshot: Snapshot;
  targets: Targets;
}

/** A metadata file, well-formed but not verified yet. */
export interface ParsedMetadata<R extends Role = Role> {
  role: R;
  /** The file as it was read. */
  bytes: Uint8Array;
  metadata: Metadata<Models[R]>;
  signed: Models[R];
  version: number;
  /** Milliseconds since the epoch. */
  expires: number;
}

// TUF specification 1.0, section 4.2.1 "date-time". `new Date` alone would take dates without a time zone as local.
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * Reads a metadata file of a TUF repository.
 * @throws ChartsealError `tuf.malformed`
 */
export function parseMetadata<R extends Role>(role: R, bytes: Uint8Array): ParsedMetadata<R> {
  try {
    const data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    checkEntries(data);
    const metadata = fromJson(role, data) as unknown as Metadata<Models[R]>;
    const { version, expires } = metadata.signed;
    if (!Number.isSafeInteger(version) || version < 1)
      throw new Error('its version is no whole number from 1');
    if (!DATE_TIME.test(expires))
      throw new Error('its date of expiry is not written as YYYY-MM-DDTHH:MM:SSZ');
    if (role === 'root') checkKeys(metadata.signed as Root);
    return { role, bytes, metadata, signed: metadata.signed, version, expires: Date.parse(expires) };
  } catch (error) {
    throw new ChartsealError('tuf.malformed', `TUF ${role} metadata: ${wordsOf(error)}`, { cause: error });
  }
}

type JsonObject = Parameters<typeof Metadata.fromJSON>[1];

function fromJson(role: Role, data: JsonObject): Metadata<Models[Role]> {
  if (role === 'root') return Metadata.fromJSON(MetadataKind.Root, data);
  if (role === 'timestamp') return Metadata.fromJSON(MetadataKind.Timestamp, data);
  if (role === 'snapshot') return Metadata.fromJSON(MetadataKind.Snapshot, data);
  return Metadata.fromJSON(MetadataKind.Targets, data);
}

// @tufjs/models copies every map once for each of its entries, and that before any signature is verified.
function checkEntries(value: unknown): void {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (next === null || typeof next !== 'object') continue;
    const entries = Object.values(next);
    if (entries.length > MAX_ENTRIES) throw new Error(`a part of it has more than ${MAX_ENTRIES} entries`);
    for (const entry of entries) waiting.push(entry);
  }
}

// One key under two ids would count twice towards a threshold.
function checkKeys(root: Root): void {
  for (const [name, role] of Object.entries(root.roles)) {
    const seen = new Set<string>();
    for (const id of role.keyIDs) {
      const key = Object.hasOwn(root.keys, id) ? root.keys[id]?.keyVal.public : undefined;
      if (key === undefined) continue;
      const text = key.replace(/\s/g, '');
      if (seen.has(text)) throw new Error(`the role ${clean(name)} lists one key twice`);
      seen.add(text);
    }
  }
}

function wordsOf(error: unknown): string {
  // JSON.parse quotes what it read.
  if (error instanceof SyntaxError) return 'it is not JSON';
  if (error instanceof RangeError) return 'it is nested too deeply';
  return error instanceof Error ? clean(error.message) : 'it cannot be read';
}
