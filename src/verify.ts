import { ChartsealError } from './base/error.ts';
import {
  chooseVersion,
  highestMatching,
  parseReference,
  type Reference,
  type RegistrySession,
  tagAsWritten,
  type Version,
} from './oci/index.ts';
import type { Depth, Report } from './report/index.ts';
import type { ChartShape } from './subject/index.ts';
import {
  type ChosenPolicy,
  type Collected,
  choosePolicies,
  collect,
  describeFound,
  expiryOf,
  type FoundSignatures,
  haveAllAnswered,
  type Judgement,
  judge,
  recallVerdict,
  registryFrame,
  rememberVerdict,
  startHunt,
  turnOf,
  type VerifyContext,
  type VerifyRequest,
  type VerifyTask,
  writeBareReport,
  writeFailureReport,
  writeReport,
  writeUncoveredReport,
} from './verification/index.ts';

/**
 * May this chart be deployed? Resolves the reference to one manifest digest, collects the evidence that the matching
 * policy can use, judges it and writes the report. A registry that fails is a report with `inconclusive`.
 * @throws ChartsealError for a bad request (`reference.*`, `policy.*`), a registry that is not listed
 * (`registry.not_listed`) and a chart that does not exist (`chart.not_found`, `chart.no_matching_version`,
 * `chart.version_incomparable`)
 */
export async function verify(request: VerifyRequest, context: VerifyContext): Promise<Report> {
  const startedAt = context.clock();
  const noCache = context.noCache === true;
  const reference = parseReference(request.reference);
  const version = chooseVersion(reference, request.version);
  context.client.requireListed(reference.host);

  const policies = choosePolicies(`${reference.host}/${reference.repository}`, request, context);
  const depth = deepest(policies, request.depth);
  const session = context.client.session({
    anonymous: context.anonymous === true && !mayReadForAnyone(context, reference.host),
    noCache,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(context.budget === undefined ? {} : { budget: context.budget }),
  });
  const task: VerifyTask = {
    reference,
    writtenTag: tagAsWritten(request.reference),
    policies,
    depth,
    startedAt,
    session,
    services: context.services,
    signal: context.signal,
  };
  if (policies.length === 0)
    return writeUncoveredReport(registryFrame(task, null, noCache), reference, context);

  let leave: (() => void) | undefined;
  try {
    // A tag or range asks the registry first; what is kept of a digest is told without a turn.
    if (version.kind !== 'digest') leave = await enter(reference, context);
    task.reference = await resolveVersion(reference, version, session);
    const recalled = await recallVerdict(task, context);
    if (recalled.report) return recalled.report;
    leave ??= await enter(reference, context);

    const collected = await collect(task, recalled.digest, context.config.limits);
    const frame = registryFrame(task, collected.manifest.digest, noCache);
    const { shape } = collected;
    if (shape === undefined) {
      return writeBareReport(frame, policies, { verdict: 'deny', reasons: collected.refused }, context);
    }
    const now = context.clock();
    const judged = await judgeChart(task, collected, shape, context.config.limits, now);
    const { judgements } = judged;
    const found = await describeFound(task, collected, shape, judged, now);
    const report = writeReport(frame, judgements, found, context);
    await rememberVerdict(
      task,
      report,
      await expiryOf(
        report,
        collected,
        { ...judged, complete: judged.complete && found.complete },
        judgements,
        now,
      ),
      context,
    );
    return report;
  } catch (error) {
    return writeFailureReport(
      registryFrame(task, task.reference.digest ?? null, noCache),
      policies,
      error,
      context,
    );
  } finally {
    leave?.();
  }
}

function enter({ host }: Reference, { gate, config, signal, deadlineMs }: VerifyContext) {
  return gate?.enter(turnOf(config, host), { signal, deadlineMs });
}

// What is judged first costs least; the next store is read only while that does not satisfy.
async function judgeChart(
  task: VerifyTask,
  collected: Collected,
  shape: ChartShape,
  limits: VerifyContext['config']['limits'],
  now: number,
): Promise<{
  judgements: Judgement[];
  complete: boolean;
  logsAnswered: boolean;
  signatures: FoundSignatures;
}> {
  const hunt = startHunt(task, collected, shape, limits);
  for (;;) {
    const subject = hunt.subject();
    const judgements = await Promise.all(task.policies.map((chosen) => judge(subject, chosen, now)));
    const wanted = new Set(judgements.flatMap(({ wants }) => [...wants]));
    if (!(await hunt.next(wanted))) {
      return {
        judgements,
        complete: hunt.isComplete(),
        logsAnswered: haveAllAnswered(subject.logs),
        signatures: hunt.signatures(),
      };
    }
  }
}

// With `verify: anyone` a registry is read without credentials, unless its entry says otherwise. Wildcard entries have
// no credentials to begin with.
function mayReadForAnyone({ config }: VerifyContext, host: string): boolean {
  return config.registries.some((registry) => registry.host === host && registry.anonymousMayVerify);
}

function deepest(policies: ChosenPolicy[], asked: Depth | undefined): Depth {
  return asked === 'content' || policies.some(({ policy }) => policy.depth === 'content')
    ? 'content'
    : 'signature';
}

async function resolveVersion(
  reference: Reference,
  version: Version,
  session: RegistrySession,
): Promise<Reference> {
  // A version beside a digest says which chart is asked for, not where it is.
  if (version.kind === 'digest')
    return version.tag === undefined ? reference : { ...reference, tag: version.tag };
  if (version.kind === 'tag') return { ...reference, tag: version.tag };
  const tag = highestMatching(await session.listTags(reference), version.constraint);
  if (tag === undefined) {
    const where = `${reference.host}/${reference.repository}`;
    throw new ChartsealError('chart.no_matching_version', `no tag of ${where} satisfies "${version.text}"`);
  }
  return { ...reference, tag };
}
