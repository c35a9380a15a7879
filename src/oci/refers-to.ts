import type { Digest } from './digest.ts';
import type { ParsedManifest } from './manifest.ts';

/** Does the manifest itself say that it refers to the subject? An entry in a list of referrers only claims it. */
export function refersTo(manifest: ParsedManifest, subject: Digest): boolean {
  return manifest.kind !== 'docker' && manifest.subject?.digest === subject;
}
