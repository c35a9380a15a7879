import { ChartsealError } from './base/error.ts';
import type { ArchiveFacts } from './chart/index.ts';
import { parseReference } from './oci/index.ts';
import type { AskedChart } from './provenance/index.ts';
import type { Report } from './report/index.ts';
import { askedFromReference } from './subject/index.ts';
import {
  type ChosenPolicy,
  choosePolicies,
  describeFiles,
  type JudgeContext,
  judge,
  KEYRING_POLICY,
  type Located,
  type ReportFrame,
  requirePolicy,
  writeReport,
  writeUncoveredReport,
} from './verification/index.ts';

interface VerifyFilesRequest {
  /** What `readArchive` read of the chart. */
  archive: ArchiveFacts;
  /** Base name of the archive; plays the part of the reference when there is none, as in `helm verify`. */
  fileName: string;
  /** Bytes of the `.prov` file; undefined: there is none. */
  provenance: Uint8Array | undefined;
  /** Judge as if the chart stood there: chooses the policy and says which chart was asked for. */
  reference?: string | undefined;
  /** Judge by this policy (without a reference), or by this one too. */
  policy?: string | undefined;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

/**
 * May this archive with this provenance be deployed? The same judgement as `verify`, always with the content, without
 * a registry.
 * @throws ChartsealError `reference.invalid`, `policy.unknown`, `policy.not_covering`; `request.invalid` when neither
 * reference nor policy says how to judge
 */
export async function verifyFiles(request: VerifyFilesRequest, context: JudgeContext): Promise<Report> {
  const reference = request.reference === undefined ? undefined : parseReference(request.reference);
  const fileName = baseName(request.fileName);
  const frame: ReportFrame = {
    reference: request.reference ?? fileName,
    digest: null,
    pinned: null,
    depth: 'content',
    startedAt: request.startedAt,
    stats: { requests: 0, tokenRequests: 0, bytes: 0 },
    cache: 'bypass',
  };
  const policies =
    reference === undefined
      ? policiesWithoutReference(request, context)
      : choosePolicies(`${reference.host}/${reference.repository}`, request, context);
  if (reference !== undefined && policies.length === 0)
    return writeUncoveredReport(frame, reference, context);

  const asked: AskedChart =
    reference === undefined ? { fileNames: [fileName] } : askedFromReference(reference);
  const subject = {
    digest: null,
    archiveDigest: request.archive.digest,
    asked,
    provenances: request.provenance === undefined ? [] : [fromFile(request.provenance)],
    logs: new Map(),
    signatures: [],
    unsearched: {},
    extraLayers: 0,
    content: { ok: true as const, value: request.archive },
  };
  const now = context.clock();
  const judgements = await Promise.all(policies.map((chosen) => judge(subject, chosen, now)));
  const found = await describeFiles(request.archive, request.provenance, fileName, judgements, now);
  return writeReport(frame, judgements, found, context);
}

function fromFile(bytes: Uint8Array): Located {
  return { source: { kind: 'file', digest: null }, fetched: { ok: true, value: bytes } };
}

function policiesWithoutReference(request: VerifyFilesRequest, context: JudgeContext): ChosenPolicy[] {
  const { config, keyringPolicy } = context;
  const own = [config, ...(keyringPolicy === undefined ? [] : [keyringPolicy])].flatMap((source) =>
    source.policies
      .filter((policy) => policy.name === KEYRING_POLICY)
      .map((policy): ChosenPolicy => ({ policy, config: source, chosenBy: 'keyring' })),
  );
  if (request.policy !== undefined) {
    return [...own, { policy: requirePolicy(config, request.policy), config, chosenBy: 'request' }];
  }
  if (own.length > 0 && keyringPolicy === undefined) return own;
  throw new ChartsealError(
    'request.invalid',
    'neither a reference nor a policy says how to judge the files',
    {
      help: 'Give the reference the chart will have, or name a policy.',
    },
  );
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
