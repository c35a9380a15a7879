import type { ChartsealError } from '../base/error.ts';
import type { Config } from '../config/index.ts';
// Not by the index, which loads libraries that take long.
import { findSignatures } from '../sigstore/discovery/find-signatures.ts';
import type { LocatedSignature, SignatureBatch } from '../sigstore/index.ts';
import type { ChartShape } from '../subject/index.ts';
import { askedFromReference } from '../subject/index.ts';
import { askHelmLogs } from './ask-helm-logs.ts';
import type { Collected } from './collect.ts';
import { collectDetached, type Located } from './collect-detached.ts';
import type { JudgedSubject } from './judged-subject.ts';
import { isNamed, type Scheme, trustsOf } from './schemes.ts';
import type { VerifyTask } from './task.ts';

/** Looks for evidence, the cheapest first, as long as somebody wants more. */
interface Hunt {
  /** Everything found so far. */
  subject(): JudgedSubject;
  /**
   * Reads the next store of each scheme.
   * @param wanted schemes whose evidence could still change a verdict
   * @returns false: there is nothing left to read for them
   */
  next(wanted: ReadonlySet<Scheme>): Promise<boolean>;
  /** Was everything that was looked at also read? */
  isComplete(): boolean;
  /** Signatures found so far, and which of their stores were read to the end. */
  signatures(): FoundSignatures;
}

export interface FoundSignatures {
  items: readonly LocatedSignature[];
  complete: { referrers: boolean; signatures: boolean };
}

// Detached provenance files are looked for as well then, and what both open must leave requests for the tag of older
// signatures: junk among the referrers must not hide one.
const REFERRERS_BESIDE_PGP = 6;

/** Begins with what was collected: the provenance layer, and no signature of the manifest yet. */
export function startHunt(
  task: VerifyTask,
  collected: Collected,
  shape: ChartShape,
  limits: Config['limits'],
): Hunt {
  const { manifest, provenance, config, content, referrers } = collected;
  let { logs } = collected;
  const provenances: Located[] = [];
  const signatures: LocatedSignature[] = [];
  const failures: Partial<Record<Scheme, ChartsealError>> = {};
  if (provenance !== undefined) {
    const source = { kind: 'layer' as const, digest: shape.provenanceLayer?.digest ?? null };
    provenances.push({ source, fetched: provenance });
  }
  const predicateTypes = task.policies
    .flatMap((chosen) => trustsOf(chosen, 'sigstore'))
    .flatMap((trust) => trust.predicateTypes);
  const stores = findSignatures({
    session: task.session,
    reference: task.reference,
    subject: manifest.digest,
    referrers,
    predicateTypes: [...new Set(predicateTypes)],
    limits: {
      bundleBytes: limits.bundleBytes,
      signatures: limits.signatures,
      ...(isNamed(task.policies, 'pgp') ? { referrers: REFERRERS_BESIDE_PGP } : {}),
    },
  });
  const searched: Record<Scheme, boolean> = { pgp: false, sigstore: false };
  // The stores before that of the last batch were read to the end, if nothing failed in them.
  const gaps = new Set<SignatureBatch['store']>();
  let reached: SignatureBatch['store'] = 'referrers';

  const steps: Record<Scheme, () => Promise<void>> = {
    pgp: async () => {
      searched.pgp = true;
      const { session, reference } = task;
      const detached = await collectDetached(
        session,
        reference,
        manifest.digest,
        limits.provenanceBytes,
        referrers,
      );
      if (logs.size === 0 && detached.provenances.some(({ fetched }) => fetched.ok)) {
        logs = await askHelmLogs(task, shape.chartLayer.digest, limits);
      }
      provenances.push(...detached.provenances);
      if (detached.failure !== undefined) failures.pgp = detached.failure;
    },
    sigstore: async () => {
      const { value, done } = await stores.next();
      if (done) {
        searched.sigstore = true;
        return;
      }
      signatures.push(...value.found);
      reached = value.store;
      const isRead = value.failure === undefined && value.unread === undefined;
      if (!isRead || value.found.some(({ fetched }) => !fetched.ok)) gaps.add(value.store);
      if (value.failure !== undefined) failures.sigstore ??= value.failure;
    },
  };
  return {
    subject: () => ({
      digest: manifest.digest,
      archiveDigest: shape.chartLayer.digest,
      asked: askedFromReference(task.reference),
      provenances: [...provenances],
      logs,
      signatures: [...signatures],
      unsearched: { ...failures },
      described: { shape, reference: task.reference, config },
      extraLayers: shape.extraLayers.length,
      content,
    }),
    async next(wanted) {
      const open = [...wanted].filter((scheme) => !searched[scheme]);
      await Promise.all(open.map((scheme) => steps[scheme]()));
      return open.length > 0;
    },
    signatures: () => ({
      items: signatures,
      complete: {
        // Attestations that were left for the end are referrers, too.
        referrers: searched.sigstore && !gaps.has('referrers') && !gaps.has('others'),
        signatures:
          (searched.sigstore || reached === 'att-tag' || reached === 'others') && !gaps.has('sig-tag'),
      },
    }),
    isComplete: () =>
      Object.keys(failures).length === 0 &&
      config?.ok !== false &&
      [...provenances, ...signatures].every(({ fetched }) => fetched.ok),
  };
}
