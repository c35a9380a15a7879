import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';
import type { Question } from './exchange.ts';
import { exchange } from './exchange.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import type { Reference } from './reference.ts';
import { isRepository, isTag } from './reference.ts';
import type { Registry } from './registries.ts';
import { discard } from './send.ts';
import { statusError } from './status-error.ts';
import { withRetries } from './with-retries.ts';
import type { Work } from './work.ts';

const ACCEPT_MANIFEST = Object.values(MANIFEST_TYPES).join(', ');

/**
 * Asks, reads the answer with `read`, and does both again where that may help. `read` gets answers with status 200
 * only (to HEAD also 405, or what the question accepts) and must read or discard the body.
 */
export function ask<T>(work: Work, question: Question, read: (response: Response) => Promise<T>): Promise<T> {
  return work.slots.run(() => withRetries(work, question.what, () => askOnce(work, question, read)));
}

/** As `ask`, but one attempt, and without waiting for a slot: for steps inside of work that has one. */
export async function askOnce<T>(
  work: Work,
  question: Question,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const answer = await exchange(work, question);
  // A registry that knows no HEAD says so; the one who asks has to take GET then.
  const accepted = question.accepted ?? (question.method === 'HEAD' ? [200, 405] : [200]);
  if (!accepted.includes(answer.response.status)) throw await statusError(work, question, answer);
  return await read(answer.response);
}

/** The question for a manifest by tag or digest. */
export function manifestQuestion(
  work: Work,
  ref: Reference,
  which: string,
  method: 'GET' | 'HEAD' | 'PUT',
): Question {
  const registry = findRegistry(work, ref);
  if (!isDigest(which) && !isTag(which)) {
    throw new ChartsealError('reference.invalid', `"${clean(which)}" is neither a tag nor a digest`);
  }
  return {
    registry,
    repository: ref.repository,
    method,
    path: `/v2/${ref.repository}/manifests/${which}`,
    accept: ACCEPT_MANIFEST,
    what: `registry ${ref.host}, manifest ${named(ref, which)}`,
    missing: method === 'PUT' ? 'registry.upload_refused' : 'chart.not_found',
  };
}

/** The question for a blob. */
export function blobQuestion(
  work: Work,
  ref: Reference,
  digest: Digest,
  method: 'GET' | 'HEAD' = 'GET',
): Question {
  return {
    registry: findRegistry(work, ref),
    repository: ref.repository,
    method,
    path: `/v2/${ref.repository}/blobs/${digest}`,
    accept: '*/*',
    what: `registry ${ref.host}, blob ${named(ref, digest)}`,
    missing: 'registry.blob_missing',
  };
}

/** Refuses a manifest or blob answer whose header speaks of other content than what was read or asked for. */
export function checkHeaderDigest(what: string, response: Response, digest: Digest): void {
  const header = response.headers.get('docker-content-digest')?.trim() ?? '';
  // Other algorithms cannot be compared; absent is allowed (distribution spec: SHOULD).
  if (!header.toLowerCase().startsWith('sha256:') || header.toLowerCase() === digest) return;
  discard(response);
  throw new ChartsealError(
    'registry.digest_mismatch',
    `${what}: the content is ${digest}, but Docker-Content-Digest says ${clean(header)}`,
  );
}

/** Finds the registry of a reference; a hand-made reference is held to the grammar too, as it becomes a URL. */
export function findRegistry(work: Work, ref: Reference): Registry {
  if (!isRepository(ref.repository)) {
    throw new ChartsealError('reference.invalid', `"${clean(ref.repository)}" is no repository`);
  }
  return work.registries.find(ref.host);
}

function named(ref: Reference, which: string): string {
  return `${ref.repository}${isDigest(which) ? '@' : ':'}${which}`;
}
