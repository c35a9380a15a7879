import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import {
  type AdmissionContext,
  answerProvider,
  answerReview,
  DEFAULT_REVIEW_MS,
  type Deadline,
  type Finding,
  providerRequestSchema,
  reviewSchema,
  startDeadline,
  timeToJudge,
} from '../admission/index.ts';
import { ChartsealError } from '../base/error.ts';
import { sha256 } from '../base/sha256.ts';
import { toWholeJson } from '../report/index.ts';
import type { AppEnv } from './app-env.ts';
import { equalBytes } from './authenticate.ts';
import type { AppDependencies } from './dependencies.ts';
import { readJson } from './read-json.ts';

/**
 * What Gatekeeper waits when the URL of its provider says nothing: less than the 3 seconds of its validating webhook.
 * `?timeout=5s` in the URL of the provider tells another.
 */
const DEFAULT_PROVIDER_MS = 3000;

/** How long a body may come when there is no time left to judge it. */
const LATE_BODY_MS = 1000;

type Visit = Context<AppEnv>;

interface Face<T> {
  path: string;
  schema: z.ZodType<T>;
  /** Milliseconds, for requests that say none. */
  standard: number;
  answer: (
    body: T,
    context: AdmissionContext,
  ) => Promise<{ response: object; fields: Record<string, unknown> }>;
}

const review = (mode: 'validate' | 'mutate'): Face<z.infer<typeof reviewSchema>> => ({
  path: `/admission/${mode}`,
  schema: reviewSchema,
  standard: DEFAULT_REVIEW_MS,
  answer: (body, context) => answerReview(body.request, mode, context),
});

const provider = (mode: 'verify' | 'mutate'): Face<z.infer<typeof providerRequestSchema>> => ({
  path: `/gatekeeper/${mode}`,
  schema: providerRequestSchema,
  standard: DEFAULT_PROVIDER_MS,
  async answer(body, context) {
    const { response, findings } = await answerProvider(body, mode, context);
    return { response, fields: { charts: findings.map(logged) } };
  },
});

/**
 * The routes of Kubernetes: `/k/SECRET/…` for API servers that send no credentials, and without that segment behind a
 * client certificate (where the server asks for one) or the bearer token of one of `admission.callers`. There is no
 * limit of rate: a 429 would be a failed webhook, which some configurations let pass. More load than the service takes
 * is an inconclusive verdict in time.
 * @param enterByName judges the Authorization header; gives the name of a caller
 */
export function addAdmissionRoutes(
  app: Hono<AppEnv>,
  dependencies: AppDependencies,
  enterByName: (authorization: string | undefined) => Promise<string>,
): void {
  const add = <T>(face: Face<T>): void => {
    app.post(face.path, async (c) => {
      c.set('fields', { caller: await callerOf(c, dependencies, enterByName) });
      return answer(c, face, dependencies);
    });
    app.post(`/k/:secret${face.path}`, async (c) => {
      const { pathSecretDigest } = dependencies.config.admission;
      // As for any path that is not there.
      if (!(await isSegment(c.req.param('secret'), pathSecretDigest))) return c.notFound();
      return answer(c, face, dependencies);
    });
  };
  add(review('validate'));
  add(review('mutate'));
  add(provider('verify'));
  add(provider('mutate'));
}

/** A path as it may be shown: without the secret segment, or what was tried in its place. */
export function shownPath(path: string): string {
  return path.replace(/^\/k\/[^/]*/, '/k/…');
}

async function callerOf(
  c: Visit,
  { config, clientOf }: AppDependencies,
  enterByName: (authorization: string | undefined) => Promise<string>,
): Promise<string> {
  if (clientOf !== undefined) {
    const name = clientOf(c.env);
    if (name !== undefined) return name;
    throw new ChartsealError(
      'request.unauthenticated',
      'no client certificate of a known authority was sent',
      {
        help: 'Connect with a certificate of the authority given with --tls-client-ca.',
      },
    );
  }
  const name = await enterByName(c.req.header('authorization'));
  if (config.admission.callers.includes(name)) return name;
  throw new ChartsealError(
    'request.forbidden',
    `the caller "${name}" may not send reviews (admission.callers)`,
  );
}

// Digests are compared, so that the time it takes says nothing of how much of the segment was right.
async function isSegment(given: string, digest: Uint8Array | undefined): Promise<boolean> {
  return digest !== undefined && equalBytes(await sha256(new TextEncoder().encode(given)), digest);
}

async function answer<T>(c: Visit, face: Face<T>, dependencies: AppDependencies): Promise<Response> {
  const { config, clock, sleep, lagMs } = dependencies;
  // An API server counts from when it sent the review.
  const ms = Math.max(0, timeToJudge(c.req.query('timeout'), face.standard) - (lagMs?.() ?? 0));
  const deadline = startDeadline(ms, { clock, sleep, gone: c.req.raw.signal });
  try {
    const reading = readJson(c.req.raw, face.schema, config.limits.reviewBytes);
    const body = (await deadline.race(reading)) ?? (await waitLonger(c, reading, dependencies));
    if (body === undefined) throw new ChartsealError('request.invalid', 'the body did not come in time');
    const context = contextOf(c, deadline, dependencies);
    const { response, fields } = await face.answer(body, context);
    c.set('fields', { ...c.get('fields'), ...fields });
    return new Response(toWholeJson(response), {
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    });
  } finally {
    deadline.stop();
  }
}

// A review that comes late, or waited unread, is not judged any more; but without its uid there is no answer, and no answer
// is one that some configurations let pass.
async function waitLonger<T>(
  c: Visit,
  reading: Promise<T>,
  { clock, sleep }: AppDependencies,
): Promise<T | undefined> {
  const last = startDeadline(LATE_BODY_MS, { clock, sleep, gone: c.req.raw.signal });
  try {
    return await last.race(reading);
  } finally {
    last.stop();
  }
}

function contextOf(c: Visit, deadline: Deadline, dependencies: AppDependencies): AdmissionContext {
  const { config, verify, listTags, client, cache, clock, newId, log, reader, shared } = dependencies;
  return {
    config,
    verify,
    listTags,
    client,
    cache,
    clock,
    newId,
    log,
    deadline,
    requestId: c.get('requestId'),
    ...(reader === undefined ? {} : { reader }),
    // At the edge all requests of one invocation count together, and nothing is shared with other invocations.
    ...(shared === true ? {} : { budget: { requests: config.limits.requests } }),
  };
}

function logged({ reportId, verdict, code, reference, digest }: Finding): Record<string, unknown> {
  return { id: reportId, verdict, code, reference, digest };
}
