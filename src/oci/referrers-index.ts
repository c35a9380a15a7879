import { ChartsealError } from '../base/error.ts';
import { isObject } from '../base/is-object.ts';
import { clean } from '../base/text.ts';
import type { Descriptor } from './descriptor.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import { readDescriptor } from './manifest-fields.ts';
import { strictJson } from './strict-json.ts';

/** An index of referrers, as the API or a fallback tag holds it. */
export interface ReferrersIndex {
  /** As it was written, to be written again with one entry more. */
  object: Record<string, unknown>;
  /** Those that can be read: an entry that nobody could fetch must not hide the others. */
  entries: Descriptor[];
}

/**
 * Reads an index of referrers.
 * @param what the object, for messages
 * @throws ChartsealError `registry.protocol` if it is no index
 */
export function readReferrersIndex(bytes: Uint8Array, what: string): ReferrersIndex {
  const object = parse(bytes, what);
  // Go writes a nil slice as null.
  const manifests = object.manifests ?? [];
  const stated = object.mediaType ?? MANIFEST_TYPES.index;
  if (!Array.isArray(manifests) || stated !== MANIFEST_TYPES.index || 'layers' in object) {
    throw new ChartsealError('registry.protocol', `${what}: the answer is no image index`);
  }
  return { object, entries: manifests.flatMap(readable) };
}

function parse(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = strictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ChartsealError(
      'registry.protocol',
      `${what}: the answer is not readable as JSON: ${clean((cause as Error).message)}`,
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new ChartsealError('registry.protocol', `${what}: the answer is no image index`);
}

function readable(entry: unknown): Descriptor[] {
  try {
    return [readDescriptor(entry, 'manifests')];
  } catch {
    return [];
  }
}
