import { clean } from './base/text.ts';
import { signedManifest } from './chart/index.ts';
import { formatReference } from './oci/index.ts';
import {
  auditKey,
  checkArchive,
  checkManifest,
  describeSigned,
  findReferrers,
  findSignature,
  findSigstore,
  isComplete,
  type Job,
  lockSigners,
  lockTag,
  type ManifestBytes,
  moveTag,
  openJob,
  putProvenance,
  readOrder,
  recordOutcome,
  refuseOtherSignature,
  reportByTag,
  requireAllowed,
  requireFound,
  type SignContext,
  type SignedSoFar,
  type SignRequest,
  type SignResult,
  signatoriesOf,
  signedText,
  signManifest,
  verifyResult,
} from './signing/index.ts';

/**
 * Signs a chart where it lies. The archive is hashed and read. PGP comes first: the text that `helm package --sign` would
 * sign is signed, the provenance attached as a layer of a new manifest (or as a referrer: `detached`). Then each signer of
 * sigstore signs that manifest. The whole is verified through the reading path, and only then, if there is a new
 * manifest, the tag moves, once. On any failure the tag is untouched.
 * @throws ChartsealError `sign.*`, `reference.*`, `registry.*`, `chart.not_found`, `audit.unavailable`; each refusal of a
 * known caller is in the audit log
 */
export async function sign(request: SignRequest, context: SignContext): Promise<SignResult> {
  return recordOutcome(clean(request.reference), context, async (record) => {
    const order = await readOrder(request, context, record);
    const { reference } = order;
    if (!order.attaches) return signAsItIs(await openJob(order, context, record));
    return lockTag(reference, context, async (lease) =>
      signUnderTag(await openJob(order, context, record, lease)),
    );
  });
}

/** PGP makes a new manifest, unless the one under the tag is that already. */
async function signUnderTag(job: Job): Promise<SignResult> {
  const provenance = await findSignature(job);
  if (provenance === undefined) return signNow(job, { sigstore: new Map() });
  if (job.order.sigstore.length === 0) return unchanged(job, { provenance, sigstore: new Map() });
  return signAsItIs(job, provenance);
}

/** The manifest stays as it is, and is referred to. */
async function signAsItIs(job: Job, attached?: string): Promise<SignResult> {
  const { manifest } = job.target;
  return lockSigners(job, manifest.digest, async (locked) => {
    const provenance = attached ?? (await findSignature(locked));
    const sigstore = await findSigstore(locked, locked.open(), manifest);
    const there = { ...(provenance === undefined ? {} : { provenance }), sigstore };
    return isComplete(locked.order, there) ? unchanged(locked, there) : signNow(locked, there);
  });
}

async function signNow(job: Job, there: SignedSoFar): Promise<SignResult> {
  const { order, context, target, record } = job;
  const missing = order.sigstore.filter((entry) => !isComplete({ sigstore: [entry] }, there));
  const pgp = there.provenance === undefined ? order.pgp : undefined;
  const moves = pgp !== undefined && order.attaches;
  if (moves) {
    refuseOtherSignature(order, target);
    // Tried before a key is used: not every manifest can take a provenance in.
    signedManifest(target.manifest.bytes, { ...target.shape.chartLayer, size: 1 });
  }
  await requireAllowed([...(pgp === undefined ? [] : [pgp]), ...missing], target, context);
  const leftBehind = moves ? await findReferrers(job) : [];
  const session = job.open();
  const archive = await checkArchive(session, target, context.config.limits.archiveBytes);
  const text = pgp && signedText(archive, target.reference);
  if (missing.length > 0) await checkManifest(session, target, archive);
  if (order.request.dryRun)
    return { ...answer(job, null, there), changed: true, leftBehind, report: null, audit: null };

  // From here on the log knows that the keys were about to be used; without that they are not.
  await record.intend();
  const done: SignedSoFar = { ...there, sigstore: new Map(there.sigstore) };
  let manifest: ManifestBytes = target.manifest;
  if (pgp !== undefined && text !== undefined) {
    const put = await putProvenance(job, text);
    manifest = put.manifest;
    done.provenance = put.digest;
    if (moves) record.after = manifest.digest;
    // What is entered into public logs next is to be a good chart.
    if (missing.length > 0)
      await verifyResult([{ entry: pgp, identity: undefined }], target, manifest.digest, context);
  }
  let changed = pgp !== undefined;
  const signMissing = async (locked: Job): Promise<void> => {
    // Two signers may make the same manifest of the same chart.
    if (moves)
      for (const [name, found] of await findSigstore(locked, locked.open(), manifest))
        done.sigstore.set(name, found);
    for (const entry of missing) {
      if (isComplete({ sigstore: [entry] }, done)) continue;
      const made = await signManifest(locked, entry, manifest, done.sigstore.get(entry.name));
      done.sigstore.set(entry.name, made);
      changed ||= made.changed;
      record.keys = order.signers.map((one) =>
        auditKey(one, done.sigstore.get(one.name)?.identity ?? order.identity),
      );
    }
  };
  if (missing.length > 0) await (moves ? lockSigners(job, manifest.digest, signMissing) : signMissing(job));

  const signatories = signatoriesOf(order, done);
  const verified = await verifyResult(signatories, target, manifest.digest, context);
  for (const entry of missing)
    await requireFound(job, entry, manifest, done.sigstore.get(entry.name) ?? {}, verified);
  if (moves) await moveTag(job, manifest);
  const report = await reportByTag(signatories, target.reference, verified, context);
  const audit = await record.end(changed ? 'signed' : 'unchanged', manifest.digest);
  return { ...answer(job, manifest.digest, done), changed, leftBehind, report, audit };
}

async function unchanged(job: Job, there: SignedSoFar): Promise<SignResult> {
  const { order, target, context, record } = job;
  const { digest } = target.manifest;
  const signatories = signatoriesOf(order, there);
  const verified = await verifyResult(signatories, target, digest, context);
  const report = await reportByTag(signatories, target.reference, verified, context);
  const audit = order.request.dryRun ? null : await record.end('unchanged', digest);
  return { ...answer(job, digest, there), changed: false, leftBehind: [], report, audit };
}

function answer({ order, target }: Job, after: string | null, signed: SignedSoFar) {
  return {
    reference: formatReference(target.reference),
    before: target.manifest.digest as string,
    after,
    mode: order.mode,
    dryRun: order.request.dryRun === true,
    signatures: describeSigned(order, signed, after ?? target.manifest.digest),
  };
}
