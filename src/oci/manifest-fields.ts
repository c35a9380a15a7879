import { ChartsealError } from '../base/error.ts';
import { isObject } from '../base/is-object.ts';
import { clean } from '../base/text.ts';
import type { Descriptor } from './descriptor.ts';
import { isDigest } from './digest.ts';

// RFC 6838 §4.2, as the OCI image spec asks for descriptors; with parameters, as the layers of sigstore bundles before
// v0.3 have one (`application/vnd.dev.sigstore.bundle+json;version=0.2`).
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}(?:; ?[A-Za-z0-9_.-]{1,64}=[A-Za-z0-9_.+-]{1,64}){0,3}$/;

/** The value as an object. `where` names the field in the error. */
export function readObject(value: unknown, where: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw invalid(where, 'is not an object');
}

/** The value as a list. */
export function readList(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(where, value === undefined ? 'is missing' : 'is not a list');
}

/** The value as a string, if it is there; empty is like absent, as Go writes it. */
export function readOptionalString(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalid(where, 'is not a string');
}

/** A map of strings, if it is there. */
export function readAnnotations(value: unknown, where: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(readObject(value, where));
  for (const [key, one] of entries) {
    if (typeof one !== 'string') throw invalid(`${where}["${clean(key)}"]`, 'is not a string');
  }
  return Object.fromEntries(entries) as Record<string, string>;
}

/** A descriptor by OCI image spec, descriptor.md; only sha256. */
export function readDescriptor(value: unknown, where: string): Descriptor {
  const object = readObject(value, where);
  const { mediaType, digest, size } = object;
  if (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType)) {
    throw invalid(`${where}.mediaType`, 'is no media type');
  }
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw invalid(`${where}.digest`, `is no sha256 digest: "${clean(digest)}"`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid(`${where}.size`, 'is no size in bytes');
  }
  const annotations = readAnnotations(object.annotations, `${where}.annotations`);
  const artifactType = readOptionalString(object.artifactType, `${where}.artifactType`);
  return {
    mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function invalid(where: string, what: string): ChartsealError {
  return new ChartsealError('manifest.invalid', `the manifest cannot be used: ${where} ${what}`);
}
