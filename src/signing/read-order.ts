import { ChartsealError } from '../base/error.ts';
import type { SigningEntry } from '../config/index.ts';
import { chooseVersion, formatReference, parseReference, type Reference } from '../oci/index.ts';
import { authorise } from './authorise.ts';
import { expectedDigest } from './read-target.ts';
import type { OpenRecord } from './record-outcome.ts';
import type { Identity, Order, SignContext, SignRequest } from './task.ts';

/**
 * Reads what is asked for and whether this caller may ask for it; nothing is asked of a registry.
 * @param record is told the reference and the keys as soon as they are known
 * @throws ChartsealError `reference.*`, `registry.not_listed`, `sign.*`, `request.invalid`
 */
export async function readOrder(
  request: SignRequest,
  context: SignContext,
  record: OpenRecord,
): Promise<Order> {
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
  const { pgp, sigstore } = authorise(request, `${reference.host}/${reference.repository}`, context);
  const signers = [...(pgp === undefined ? [] : [pgp]), ...sigstore];
  record.keys = signers.map((entry) => auditKey(entry, undefined));
  const attaches = pgp !== undefined && request.mode !== 'detached';
  if (attaches && tag === undefined) {
    throw new ChartsealError(
      'sign.tag_required',
      `${described} names no tag, and attaching a provenance moves one`,
    );
  }
  const expected = expectedDigest(request, { ...parsed, ...reference }, signers);
  const identity = await readIdentity(request, signers, context);
  record.keys = signers.map((entry) => auditKey(entry, identity));
  const mode = attaches ? 'attach' : 'detached';
  return { request, reference, pgp, sigstore, signers, mode, attaches, expected, identity };
}

/** How the audit log knows a signer. */
export function auditKey(entry: SigningEntry, identity: Identity | undefined) {
  return { name: entry.name, fingerprint: fingerprintOf(entry) ?? describeIdentity(identity) };
}

/** Of the key; undefined when keyless. */
export function fingerprintOf(entry: SigningEntry): string | undefined {
  return entry.scheme === 'pgp' ? entry.signer.fingerprint : entry.signer.key?.fingerprint;
}

function describeIdentity(identity: Identity | undefined): string {
  return identity === undefined ? 'keyless' : `${identity.issuer} ${identity.subject}`;
}

// A token that nobody needs is not taken along; and a try without one can still look at everything else.
async function readIdentity(
  { identityToken, dryRun }: SignRequest,
  signers: readonly SigningEntry[],
  context: SignContext,
): Promise<Identity | undefined> {
  const keyless = signers.find((entry) => entry.scheme === 'sigstore' && entry.signer.kind === 'keyless');
  if (keyless === undefined) {
    if (identityToken === undefined) return undefined;
    throw new ChartsealError(
      'request.invalid',
      'identityToken goes with a keyless signer, and none was named',
    );
  }
  if (identityToken === undefined) {
    if (dryRun === true) return undefined;
    throw new ChartsealError(
      'sign.identity_required',
      `"${keyless.name}" signs as whoever asks, and no identityToken was sent`,
    );
  }
  const { certifiedIdentity } = await import('../sigstore/index.ts');
  return certifiedIdentity(identityToken, context.clock());
}
