import { ChartsealError } from '../base/error.ts';
import type { SigningEntry } from '../config/index.ts';
import { policyFromKeyrings } from '../config/index.ts';
import { type Digest, formatReference } from '../oci/index.ts';
import type { Report } from '../report/index.ts';
import { verify } from '../verify.ts';
import type { SignContext, SignTarget } from './task.ts';

/**
 * Reads the result back from the registry by digest and verifies it with the public key alone, on the way every other
 * chart takes.
 * @throws ChartsealError `sign.self_check` when it is not allowed: then nothing is moved
 */
export async function verifyResult(
  key: SigningEntry,
  target: SignTarget,
  digest: Digest,
  context: SignContext,
): Promise<Report> {
  const report = await verifyWith(key, formatReference({ ...target.reference, digest }), context);
  if (report.verdict !== 'allow') {
    const [why] = report.reasons;
    throw new ChartsealError(
      'sign.self_check',
      `what was signed does not verify: ${why?.code}: ${why?.message}`,
      {
        retryable: report.retryable,
      },
    );
  }
  return report;
}

/**
 * The report that whoever asks for the tag gets, in which Helm's words are those for the tag; no judgement hangs on it.
 * @param verified the report by digest, told where the tag names something else by now or cannot be read
 */
export async function reportByTag(
  key: SigningEntry,
  target: SignTarget,
  verified: Report,
  context: SignContext,
): Promise<Report> {
  if (target.reference.tag === undefined) return verified;
  try {
    const report = await verifyWith(key, formatReference(target.reference), context);
    const isSame = report.verdict === 'allow' && report.subject.digest === verified.subject.digest;
    return isSame ? report : verified;
  } catch (error) {
    if (error instanceof ChartsealError) return verified;
    throw error;
  }
}

async function verifyWith(key: SigningEntry, reference: string, context: SignContext): Promise<Report> {
  const files = [{ name: key.name, bytes: key.signer.publicBinary }];
  const { registries, blocked } = context.config;
  const config = { ...(await policyFromKeyrings({ files })), registries, blocked };
  return verify(
    { reference },
    { ...context, config, keyringPolicy: undefined, noCache: true, cache: undefined, scope: 'callers' },
  );
}

/**
 * Holds the chart to the policy that the entry requires, as it stands before it is signed.
 * @throws ChartsealError `sign.not_allowed`
 */
export async function requireAllowed(
  key: SigningEntry,
  target: SignTarget,
  context: SignContext,
): Promise<void> {
  const policy = context.config.policies.find(({ name }) => name === key.requires);
  if (policy === undefined) return;
  // Its match is not looked at: the entry says that it is to be asked.
  const config = { ...context.config, policies: [{ ...policy, match: ['**'] }] };
  const reference = formatReference({ ...target.reference, digest: target.manifest.digest });
  const report = await verify(
    { reference },
    { ...context, config, keyringPolicy: undefined, noCache: true, cache: undefined, scope: 'callers' },
  );
  if (report.verdict === 'allow') return;
  const [why] = report.reasons;
  throw new ChartsealError(
    'sign.not_allowed',
    `the policy "${policy.name}" does not allow the chart (${report.verdict}): ${why?.code}: ${why?.message}`,
    { retryable: report.retryable },
  );
}
