import { isDigest } from '../oci/index.ts';
import { field } from './kinds/fields.ts';
import type { OciUse } from './kinds/index.ts';

const PREFIX = 'chartseal.dev/digest';
/** Longest name part of an annotation's key (Kubernetes API conventions, qualified names). */
const MAX_NAME = 63;

/**
 * Under which annotation the digest of a chart is written down: `chartseal.dev/digest.spec.sources.1` for the chart at
 * `/spec/sources/1`.
 */
export function annotationKey(path: string): string {
  const name = `digest${path.replaceAll('/', '.')}`.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  const isName = name.length <= MAX_NAME && /[A-Za-z0-9]$/.test(name);
  return isName ? `chartseal.dev/${name}` : `${PREFIX}.${checksum(path)}`;
}

/** What stands there: the digest, and of which repository and version it was the digest. */
export function annotationValue(use: OciUse, digest: string): string {
  return `${digest} ${describeAsked(use)}`;
}

/** Repository and version as the object asks for them. */
export function describeAsked({ repository, asked }: OciUse): string {
  return asked.text === '' ? repository : `${repository} ${asked.text}`;
}

/** What an annotation says; undefined when there is none that chartseal wrote. */
export function readAnnotation(object: unknown, path: string): { digest: string; asked: string } | undefined {
  const text = field(object, 'metadata', 'annotations', annotationKey(path));
  if (typeof text !== 'string') return undefined;
  const space = text.indexOf(' ');
  const digest = text.slice(0, space);
  return isDigest(digest) ? { digest, asked: text.slice(space + 1) } : undefined;
}

/** Is it the key of such an annotation? */
export function isAnnotationKey(key: string): boolean {
  return key.startsWith(`${PREFIX}.`) || key === PREFIX;
}

// FNV-1a: tells paths apart, guards nothing.
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
