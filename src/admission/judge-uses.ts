import { ChartsealError } from '../base/error.ts';
import { mapBounded } from '../base/map-bounded.ts';
import type { VerifyRequest } from '../verification/index.ts';
import type { AdmissionContext } from './context.ts';
import { type Decided, decideVerdict } from './decide.ts';
import { type Finding, failed, judgeChart, nameOf, tooLate } from './judge-chart.ts';
import type { ChartUse, ObjectRef, UnresolvedUse } from './kinds/index.ts';
import { type ObjectReader, withObject } from './object-reader.ts';
import { resolveUses } from './resolve-uses.ts';
import type { ChartToJudge, ResolvedUse } from './resolve-versions.ts';
import { ruleOn } from './rule-on.ts';

/** Versions compared for all ranges of one review, which nothing else can interrupt: about a fifth of a second. */
const MAX_COMPARED = 5_000_000;

/** One chart with all that was decided on it. */
export interface JudgedUse {
  /** Where it is named: in the object itself, or in the one that `owner` says. */
  at: string;
  /** The other object whose chart it is, for people. */
  owner: string | undefined;
  decided: Decided[];
  /** The chart that was judged, and the verdict; undefined where there was none to judge. */
  chart: ChartToJudge | undefined;
  finding: Finding | undefined;
}

/** A chart that an object names, and which object if it is another than that of the review. */
export interface UseToJudge {
  use: ChartUse;
  owner?: string | undefined;
}

interface JudgeOptions {
  /** The object of the review, which counts as it will be. */
  self?: { ref: ObjectRef; object: unknown } | undefined;
  /** Will the object name this chart by digest, if it is allowed? Then no rule on ranges and tags applies. */
  isPinned?: (chart: ChartToJudge) => boolean;
}

/**
 * Finds out which charts are meant, and judges each of them, all at the same time and none twice. What is not there at
 * the deadline is inconclusive. Never throws.
 */
export async function judgeUses(
  uses: readonly UseToJudge[],
  context: AdmissionContext,
  options: JudgeOptions = {},
): Promise<JudgedUse[]> {
  const { limits } = context.config;
  if (uses.length > limits.reviewCharts) return [tooMany(uses.length, context)];
  const resolve = createResolver(context, options);
  const judge = createJudge(context);
  const judged = await mapBounded([...uses], limits.concurrency, async ({ use, owner }) => {
    const resolved = await resolve(use);
    const mustBeChart = use.state === 'reference';
    // One of several charts has no one digest.
    const isPinned = resolved.length === 1 ? options.isPinned : undefined;
    return Promise.all(
      resolved.map((one) => decideOn(one, { owner, mustBeChart }, judge, context, isPinned)),
    );
  });
  return judged.flat();
}

async function decideOn(
  use: ResolvedUse,
  { owner, mustBeChart }: { owner: string | undefined; mustBeChart: boolean },
  judge: (request: VerifyRequest) => Promise<Finding>,
  context: AdmissionContext,
  isPinned: JudgeOptions['isPinned'] = () => false,
): Promise<JudgedUse> {
  const { admission } = context.config;
  const { at } = use;
  const without = (decided: Decided | undefined, finding?: Finding): JudgedUse => ({
    at,
    owner,
    decided: decided === undefined ? [] : [decided],
    chart: undefined,
    finding,
  });
  switch (use.state) {
    case 'not-oci':
      return without(ruleOn('not-oci', use.what, context));
    case 'unresolved':
      return without(ruleOn(namingOf(use), at === '' ? 'the object' : at, context, use.why));
    case 'failed': {
      const finding = failed({ reference: use.reference }, use.error, context);
      return without({ decision: decideVerdict(finding, admission), finding }, finding);
    }
    case 'oci': {
      const request = requestOf(use);
      const rule = use.fixed === 'digest' ? undefined : ruleOn(use.fixed, nameOf(request), context);
      const mayBePinned = isPinned(use);
      // What is refused for how it is named need not be fetched.
      if (rule?.decision === 'deny' && !mayBePinned) return without(rule);
      const finding = await judge(request);
      // Whoever names it through another object installs a chart of it, whatever it calls itself.
      if (use.use.mayBeOther && !mustBeChart && finding.code === 'manifest.not_a_chart')
        return without(ruleOn('not-oci', nameOf(request), context, 'it is no chart'));
      const verdict = { decision: decideVerdict(finding, admission), finding };
      // Only what is allowed is pinned; what passes with a warning stays as it is named.
      const isFixed = mayBePinned && finding.verdict === 'allow' && finding.digest !== null;
      const decided = rule === undefined || isFixed ? [verdict] : [verdict, rule];
      return { at, owner, decided, chart: use, finding };
    }
  }
}

// References and templates are how many honest objects name their charts, and who lets them pass need not let pass what
// somebody wrote so that it could not be read.
function namingOf({ reason }: UnresolvedUse): 'unresolved' | 'unreadable' {
  return reason === 'templated' || reason === 'reference' || reason === 'absent'
    ? 'unresolved'
    : 'unreadable';
}

// Objects and lists of tags are asked for once, whoever needs them.
function createResolver(
  context: AdmissionContext,
  { self }: JudgeOptions,
): (use: ChartUse) => Promise<ResolvedUse[]> {
  const { deadline, budget } = context;
  const listed = remembering((repository: string) =>
    context.listTags(repository, { signal: deadline.signal, deadlineMs: deadline.atMs, budget }),
  );
  let left = MAX_COMPARED;
  const spend = (comparisons: number) => {
    left -= comparisons;
    if (left >= 0) return;
    // As with too many charts: whoever writes the object must not choose that it is inconclusive.
    throw new ChartsealError('limit.charts', 'the ranges of the object take too long over so many tags');
  };
  const reader = context.reader && readOnce(context.reader);
  const around = reader && self ? withObject(reader, self.ref, self.object) : reader;
  return async (use) => {
    try {
      const resolved = await deadline.race(resolveUses([use], { reader: around, listTags: listed, spend }));
      return resolved ?? [failure(use, tooLate())];
    } catch (error) {
      return [failure(use, error)];
    }
  };
}

function failure({ path, at }: ChartUse, error: unknown): ResolvedUse {
  return { state: 'failed', path, at, reference: at === '' ? 'the object' : at, error };
}

function createJudge(context: AdmissionContext): (request: VerifyRequest) => Promise<Finding> {
  const findings = new Map<string, Promise<Finding>>();
  return (request) => {
    const key = JSON.stringify([request.reference, request.version ?? null]);
    const known = findings.get(key) ?? judgeChart(request, context);
    findings.set(key, known);
    return known;
  };
}

function readOnce(reader: ObjectReader): Pick<ObjectReader, 'get'> {
  const known = new Map<string, Promise<unknown>>();
  return {
    get(ref) {
      const key = JSON.stringify([ref.group, ref.kind, ref.namespace ?? null, ref.name]);
      const answer = known.get(key) ?? (async () => reader.get(ref))();
      known.set(key, answer);
      return answer;
    },
  };
}

function remembering<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const answer = known.get(key) ?? (async () => work(key))();
    known.set(key, answer);
    return answer;
  };
}

// None of them is judged: how many there are is up to whoever writes the object.
function tooMany(count: number, context: AdmissionContext): JudgedUse {
  const { reviewCharts } = context.config.limits;
  const message = `${count} charts are named, at most ${reviewCharts} are judged (limits.reviewCharts)`;
  const finding = failed({ reference: 'the object' }, new ChartsealError('limit.charts', message), context);
  const decision = decideVerdict(finding, context.config.admission);
  return { at: '', owner: undefined, decided: [{ decision, finding }], chart: undefined, finding };
}

function requestOf({ reference, version }: ChartToJudge): VerifyRequest {
  return { reference, ...(version === undefined ? {} : { version }) };
}
