import type { Admission } from '../../config/index.ts';
import type { AdmissionContext } from '../context.ts';
import { decideVerdict } from '../decide.ts';
import { type Finding, failed, tooLate } from '../judge-chart.ts';
import { type JudgedUse, judgeUses } from '../judge-uses.ts';
import { field } from '../kinds/fields.ts';
import type { Kind } from '../kinds/index.ts';
import { type PinOptions, pinPatch, willPin } from '../pin-patch.ts';
import { kindOf } from '../read-uses.ts';
import { REVIEW_VERSION, type ReviewRequest, type ReviewResponse } from './review-schema.ts';
import { usesOfReview } from './uses-of-review.ts';
import { type Answer, writeAnswer } from './write-answer.ts';

/** The answer to a review, and what the log says of it. */
export interface AnsweredReview {
  response: ReviewResponse;
  answer: Answer;
  /** What is in the response's patch. */
  patch: readonly object[];
  fields: Record<string, unknown>;
}

const PASS: Answer = { allowed: true, warnings: [], auditAnnotations: {} };

/**
 * Answers the review of one object: all charts that it names, and did not name before, must pass. Never throws, and is
 * done before the context's deadline: what is not judged by then is inconclusive.
 * @param mode `mutate`: judged alike, and what passes is pinned to the digest that was judged
 */
export async function answerReview(
  request: ReviewRequest,
  mode: 'validate' | 'mutate',
  context: AdmissionContext,
): Promise<AnsweredReview> {
  if (needsNoJudging(request)) return respond(request, PASS, []);
  try {
    const found = await context.deadline.race(usesOfReview(request, mode, context));
    if (found === undefined) return refuse(request, tooLate(), context);
    if (found.kind === undefined) return respond(request, unread(request), []);
    const pinning = mode === 'mutate' ? pinOptions(context.config.admission) : undefined;
    const judged = await judgeUses(found.uses, context, {
      self: found.self && { ref: found.self, object: request.object },
      isPinned: ({ use }) => pinning !== undefined && willPin(found.kind as Kind, use, pinning),
    });
    const answer = writeAnswer(judged);
    const patch = pinning && answer.allowed ? patchOf(request, judged, pinning) : [];
    return respond(request, answer, judged, patch);
  } catch (error) {
    return refuse(request, error, context);
  }
}

// The spec of what is deleted, or waits for its finalizers, installs nothing any more: refusing would leave it stuck.
// Whether an object is being deleted is what the API server says of it, and only updates of such objects are reviewed.
// Where it still counts until it is gone, an update that leaves its charts alone passes as any other does.
function needsNoJudging({ operation, subResource, object }: ReviewRequest): boolean {
  if (operation === 'DELETE' || operation === 'CONNECT') return true;
  if (subResource === 'status') return true;
  if (operation !== 'UPDATE' || !field(object, 'metadata', 'deletionTimestamp')) return false;
  return kindOf(object)?.countsUntilGone !== true;
}

// A webhook that sends other kinds than chartseal reads gains nothing by it, and whoever wrote its rules should know.
function unread({ kind }: ReviewRequest): Answer {
  const name = kind.kind.replace(/[^A-Za-z0-9]/g, '').slice(0, 60);
  return { ...PASS, warnings: [`chartseal reads no charts from objects of kind ${name}`] };
}

function pinOptions({ pinRanges, pinDrift }: Admission): PinOptions {
  return { ranges: pinRanges, drift: pinDrift };
}

function patchOf({ object }: ReviewRequest, judged: readonly JudgedUse[], options: PinOptions): object[] {
  const pinnings = judged.flatMap(({ chart, finding, owner }) =>
    chart === undefined || owner !== undefined || finding?.verdict !== 'allow' || finding.digest === null
      ? []
      : [{ use: chart.use, digest: finding.digest }],
  );
  return pinPatch(object, pinnings, options);
}

// Time was up before anything could be judged, the cluster could not be asked, or something failed.
function refuse(request: ReviewRequest, error: unknown, context: AdmissionContext): AnsweredReview {
  const finding = failed({ reference: 'the object' }, error, context);
  const decision = decideVerdict(finding, context.config.admission);
  const judged = [{ at: '', owner: undefined, decided: [{ decision, finding }], chart: undefined, finding }];
  return respond(request, writeAnswer(judged), judged);
}

function respond(
  request: ReviewRequest,
  answer: Answer,
  judged: readonly JudgedUse[],
  patch: readonly object[] = [],
): AnsweredReview {
  const { allowed, message, warnings, auditAnnotations } = answer;
  return {
    answer,
    patch,
    response: {
      apiVersion: REVIEW_VERSION,
      kind: 'AdmissionReview',
      response: {
        uid: request.uid,
        allowed,
        ...(message === undefined ? {} : { status: { code: 403, reason: 'Forbidden', message } }),
        ...(warnings.length === 0 ? {} : { warnings }),
        ...(Object.keys(auditAnnotations).length === 0 ? {} : { auditAnnotations }),
        ...(patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: base64(JSON.stringify(patch)) }),
      },
    },
    fields: {
      review: {
        uid: request.uid,
        operation: request.operation,
        kind: request.kind.kind,
        namespace: request.namespace ?? null,
        name: request.name ?? null,
        allowed,
        dryRun: request.dryRun === true,
        ...(patch.length === 0 ? {} : { patched: true }),
      },
      charts: judged
        .flatMap(({ decided }) => decided)
        .map(({ decision, finding }) => logged(decision, finding)),
    },
  };
}

function logged(decision: string, { reportId, verdict, code, reference, digest }: Finding): object {
  return { id: reportId, decision, verdict, code, reference, digest };
}

function base64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
