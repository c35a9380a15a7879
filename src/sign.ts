import { ChartsealError } from './base/error.ts';
import { clean } from './base/text.ts';
import { signedManifest } from './chart/index.ts';
import type { SigningEntry } from './config/index.ts';
import {
  chooseVersion,
  type Digest,
  formatReference,
  MANIFEST_TYPES,
  parseReference,
  type Reference,
  type RegistrySession,
  sha256Digest,
} from './oci/index.ts';
import {
  authorise,
  detachedManifest,
  EMPTY_CONFIG,
  expectedDigest,
  findSignature,
  holdLease,
  makeProvenance,
  type OpenRecord,
  readSignedText,
  readTarget,
  recordOutcome,
  refuseBlocked,
  reportByTag,
  requireAllowed,
  type SignContext,
  type SignRequest,
  type SignResult,
  type SignTarget,
  verifyResult,
} from './signing/index.ts';
import type { Lease } from './state/index.ts';

/**
 * Signs a chart where it lies. The archive is hashed and read, the text that `helm package --sign` would sign is signed,
 * the provenance attached as a layer of a new manifest (or as a referrer: `detached`), the result verified through the
 * reading path, and only then the tag moved, once. On any failure the tag is untouched.
 * @throws ChartsealError `sign.*`, `reference.*`, `registry.*`, `chart.not_found`, `audit.unavailable`; each refusal of a
 * known caller is in the audit log
 */
export async function sign(request: SignRequest, context: SignContext): Promise<SignResult> {
  return recordOutcome(clean(request.reference), context, async (record) => {
    const parsed = parseReference(request.reference);
    const version = chooseVersion(parsed, request.version);
    const tag = version.kind === 'tag' ? version.tag : version.kind === 'digest' ? version.tag : undefined;
    const reference: Reference = {
      host: parsed.host,
      repository: parsed.repository,
      ...(tag === undefined ? {} : { tag }),
    };
    const described = formatReference({ ...parsed, ...reference });
    record.reference = described;
    context.client.requireListed(reference.host);
    const mode = request.mode ?? 'attach';
    const key = authorise(request, `${reference.host}/${reference.repository}`, context);
    record.keys = [{ name: key.name, fingerprint: key.signer.fingerprint }];
    if (mode === 'attach' && reference.tag === undefined) {
      throw new ChartsealError(
        'sign.tag_required',
        `${described} names no tag, and attaching a provenance moves one`,
      );
    }
    const expected = expectedDigest(request, { ...parsed, ...reference }, key);
    return holdLease(lockName(reference, mode, expected), context, async (lease) => {
      // Opened here, as its deadline counts from now and the wait for the lock may have been long.
      const session = context.client.session({
        action: request.dryRun ? 'pull' : 'push',
        noCache: true,
        budget: { requests: SIGN_REQUESTS },
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      const target = await readTarget(session, reference, expected);
      record.before = target.manifest.digest;
      refuseBlocked(key, target, context);
      const job: Job = { request, context, key, session, target, lease, mode };
      const present = await findSignature(job);
      if (present !== undefined) return unchanged(job, present, record);
      return signNow(job, record);
    });
  });
}

// What signers of one service must not do at the same time: move one tag, or write one list of referrers.
function lockName({ host, repository, tag }: Reference, mode: string, expected: Digest | undefined): string {
  const what = mode === 'detached' && expected !== undefined ? `@${expected}` : `:${tag}`;
  return `${host}/${repository}${what}`;
}

/** Requests of one signature: more than a verification, as it writes, looks again, and may wait for other writers. */
const SIGN_REQUESTS = 200;

/** Everything that one signature is made with. */
interface Job {
  request: SignRequest;
  context: SignContext;
  key: SigningEntry;
  session: RegistrySession;
  target: SignTarget;
  lease: Lease;
  mode: 'attach' | 'detached';
}

async function signNow(job: Job, record: OpenRecord): Promise<SignResult> {
  const { request, context, key, session, target, mode } = job;
  refuseOtherSignature(job);
  // Tried before a key is used: not every manifest can take a provenance in.
  if (mode === 'attach') signedManifest(target.manifest.bytes, { ...target.shape.chartLayer, size: 1 });
  await requireAllowed(key, target, context);
  const leftBehind = mode === 'attach' ? await findReferrers(job) : [];
  const text = await readSignedText(session, target, context.config.limits.archiveBytes);
  if (request.dryRun)
    return { ...answer(job, null, null), changed: true, leftBehind, report: null, audit: null };

  // From here on the log knows that the key was about to be used; without that it is not.
  await record.intend();
  const provenance = await makeProvenance(key, text, context.clock());
  const blob = await session.putBlob(target.reference, provenance);
  const after = mode === 'attach' ? await putSigned(job, blob) : await putDetached(job, blob);
  const verified = await verifyResult(key, target, after.digest, context);
  if (mode === 'attach') {
    record.after = after.digest;
    await moveTag(job, after);
  } else {
    await requireFound(job);
  }
  const report = await reportByTag(key, target, verified, context);
  const audit = await record.end('signed', after.digest);
  return { ...answer(job, after.digest, blob.digest), changed: true, leftBehind, report, audit };
}

async function putSigned(job: Job, blob: { digest: Digest; size: number }): Promise<SignedBytes> {
  const { session, target } = job;
  const bytes = signedManifest(target.manifest.bytes, blob);
  const digest = await sha256Digest(bytes);
  await session.putManifest(target.reference, digest, bytes, target.manifest.mediaType);
  return { bytes, digest };
}

async function putDetached(job: Job, blob: { digest: Digest; size: number }): Promise<SignedBytes> {
  const { session, target, context } = job;
  const config = await session.putBlob(target.reference, EMPTY_CONFIG);
  const bytes = detachedManifest(target.manifest, blob, config, context.clock);
  await session.attachReferrer(target.reference, bytes, MANIFEST_TYPES.image, target.manifest.digest);
  return { bytes: target.manifest.bytes, digest: target.manifest.digest };
}

// A good provenance layer would satisfy the verification, so the new referrer is looked for by itself.
async function requireFound(job: Job): Promise<void> {
  if ((await findSignature(job)) !== undefined) return;
  throw new ChartsealError('sign.self_check', 'the provenance that was attached is not found as a referrer');
}

interface SignedBytes {
  bytes: Uint8Array;
  digest: Digest;
}

// The last moments: the lock is still ours, the tag still names what was read. A push by somebody else between this look
// and the PUT is overwritten where the registry does not honour If-Match; docs/signing.md says so.
async function moveTag({ session, target, lease }: Job, after: SignedBytes): Promise<void> {
  const { reference, manifest } = target;
  const tag = reference.tag ?? '';
  if (!(await lease.renew())) {
    throw new ChartsealError('sign.locked', `the lock of ${formatReference(reference)} was lost`, {
      retryable: true,
    });
  }
  await requireTag(session, reference, manifest.digest);
  try {
    await session.putManifest(reference, tag, after.bytes, manifest.mediaType, { ifMatch: manifest.digest });
  } catch (error) {
    // Said again with both digests, if the tag can be read.
    if (error instanceof ChartsealError && error.code === 'registry.precondition')
      await requireTag(session, reference, manifest.digest);
    throw error;
  }
  await requireTag(session, reference, after.digest);
}

async function requireTag(session: RegistrySession, reference: Reference, wanted: Digest): Promise<void> {
  const named =
    (await session.headManifest(reference, reference.tag ?? '')) ??
    (await session.getManifest(reference, reference.tag ?? '')).digest;
  if (named !== wanted) {
    throw new ChartsealError(
      'sign.tag_moved',
      `${formatReference(reference)} names ${named} and no longer ${wanted}`,
    );
  }
}

function refuseOtherSignature({ request, key, target, mode }: Job): void {
  if (mode === 'detached' || target.shape.provenanceLayer === undefined) return;
  if (!request.replace) {
    throw new ChartsealError(
      'sign.already_signed',
      `${target.manifest.digest} carries a provenance that is not by "${key.name}"`,
    );
  }
  if (!key.mayReplace) {
    throw new ChartsealError(
      'sign.replace_refused',
      `"${key.name}" may not replace another provenance (mayReplace)`,
    );
  }
}

async function findReferrers({ request, session, target }: Job): Promise<SignResult['leftBehind']> {
  const { entries } = await session.listReferrers(target.reference, target.manifest.digest);
  if (entries.length > 0 && request.refuseIfReferrers) {
    throw new ChartsealError(
      'sign.has_referrers',
      `${entries.length} referrers, like signatures, would be left behind at ${target.manifest.digest}`,
    );
  }
  return entries.map(({ digest, artifactType }) => ({ digest, artifactType: artifactType ?? null }));
}

async function unchanged(job: Job, provenance: string, record: OpenRecord): Promise<SignResult> {
  const { request, key, target, context } = job;
  const { digest } = target.manifest;
  const verified = await verifyResult(key, target, digest, context);
  const report = await reportByTag(key, target, verified, context);
  const audit = request.dryRun ? null : await record.end('unchanged', digest);
  return { ...answer(job, digest, provenance), changed: false, leftBehind: [], report, audit };
}

function answer({ request, key, target, mode }: Job, after: string | null, provenance: string | null) {
  const { fingerprint } = key.signer;
  return {
    reference: formatReference(target.reference),
    before: target.manifest.digest as string,
    after,
    mode,
    dryRun: request.dryRun === true,
    signatures:
      provenance === null
        ? []
        : [{ name: key.name, scheme: 'pgp' as const, fingerprint, digest: provenance }],
  };
}
