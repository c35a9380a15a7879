import type { Report } from '../report/index.ts';
import type { VerifyContext, VerifyTask } from './task.ts';

/** A report that is longer as JSON is not kept: thousands of them have to fit into an isolate. In UTF-16 units. */
const MAX_KEPT_REPORT = 32 * 1024;

interface Recalled {
  report: Report | undefined;
  /** The digest the tag was found to name, so that it is resolved only once. */
  digest: string | undefined;
}

/**
 * Looks for a verdict on the same digest by the same policies. By digest that costs no request; by tag one HEAD,
 * whose digest only chooses among reports, each of which speaks of the digest that was read when it was written.
 */
export async function recallVerdict(task: VerifyTask, context: VerifyContext): Promise<Recalled> {
  const { cache } = context;
  const none = { report: undefined, digest: undefined };
  if (cache === undefined || context.noCache) return none;
  const { reference } = task;
  let digest: string | undefined = reference.digest;
  if (digest === undefined) {
    // Without a verdict on any digest of this tag the HEAD would be a request for nothing.
    if ((await cache.get(tagKey(task, context))) === undefined) return none;
    digest = await task.session.headManifest(reference, reference.tag ?? 'latest');
    if (digest === undefined) return none;
  }
  const found = await cache.get(verdictKey(task, digest, context));
  if (found === undefined) return { report: undefined, digest };
  return { report: renewed(JSON.parse(found) as Report, task, context), digest };
}

/**
 * Keeps a report for the next one who asks the same.
 * @param expiresAt milliseconds since the epoch; undefined: do not keep it (a registry failed)
 */
export async function rememberVerdict(
  task: VerifyTask,
  report: Report,
  expiresAt: number | undefined,
  context: VerifyContext,
): Promise<void> {
  const { cache } = context;
  const { digest } = report.subject;
  if (cache === undefined || digest === null || expiresAt === undefined) return;
  const text = JSON.stringify(report);
  if (text.length > MAX_KEPT_REPORT) return;
  await cache.set(verdictKey(task, digest, context), text, expiresAt);
  if (task.reference.digest === undefined) await cache.set(tagKey(task, context), digest, expiresAt);
}

// The report keeps its verifiedAt: that is when the evidence was read.
function renewed(report: Report, task: VerifyTask, context: VerifyContext): Report {
  return {
    ...report,
    id: context.newId(),
    stats: {
      registryRequests: task.session.stats.requests,
      tokenRequests: task.session.stats.tokenRequests,
      bytes: task.session.stats.bytes,
      durationMs: context.clock() - task.startedAt,
      cache: 'hit',
    },
  };
}

function verdictKey(task: VerifyTask, digest: string, context: VerifyContext): string {
  return JSON.stringify(['verdict', digest, ...scopeOf(task, context)]);
}

function tagKey(task: VerifyTask, context: VerifyContext): string {
  return JSON.stringify(['tag', ...scopeOf(task, context)]);
}

function scopeOf({ reference, writtenTag, policies, depth }: VerifyTask, context: VerifyContext): unknown[] {
  const { host, repository, tag } = reference;
  const judged = policies.map(({ policy, chosenBy }) => [policy.name, policy.revision, chosenBy]);
  return [context.scope, host, repository, tag ?? null, writtenTag ?? null, judged, depth];
}
