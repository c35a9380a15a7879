import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { isBase64 } from '../../base/is-base64.ts';
import { createReadOnce } from '../../base/read-once.ts';
import { readPem } from '../../base/read-pem.ts';
import { verifySet } from '../log/verify-set.ts';
import type { LegacyPromise, LegacySignature } from './read-legacy.ts';
import { readLogBody } from './read-log-body.ts';
import { Refusal, within } from './refusal.ts';
import type { CosignRun } from './verify-bundle.ts';

/**
 * Did a Rekor v1 log promise to include this legacy signature (cosign:pkg/cosign/verify.go VerifyBundle)?
 * @returns when, in milliseconds since the epoch
 * @throws Refusal
 */
export function verifyPromise(signature: LegacySignature, promise: LegacyPromise, run: CosignRun): number {
  const { integratedTime, logIndex, set, body } = promise;
  if (typeof body !== 'string') throw new Refusal('bundle payload body is not a string');
  compareBody(promise, signature, run);
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(promise.logId)) {
    throw new Refusal('decoding log ID: encoding/hex: invalid byte');
  }
  const logId = promise.logId.toLowerCase();
  const log = run.material.tlogs.find((one) => one.logID.toString('hex') === logId);
  return within('verifying bundle with trusted root', () => {
    if (log === undefined) throw new Refusal('rekor log public key not found for payload');
    const time = integratedTime * 1000;
    if (time < log.validFor.start.getTime() || time > log.validFor.end.getTime()) {
      throw new Refusal('rekor log public key not valid at payload integrated time');
    }
    if (log.publicKey.asymmetricKeyType !== 'ec') throw new Refusal('unsupported public key type');
    if (!verifySet({ body, integratedTime, logIndex, logId }, set, log.publicKey)) {
      throw new Refusal('unable to verify SET');
    }
    return time;
  });
}

const readEntry = createReadOnce(({ body }: LegacyPromise) =>
  typeof body === 'string' && isBase64(body) ? readLogBody(Buffer.from(body, 'base64')) : undefined,
);

// cosign compareSigs, comparePublicKey, bundleHash
function compareBody(
  promise: LegacyPromise,
  { payload, signature, certificate }: LegacySignature,
  run: CosignRun,
): void {
  const { key } = run;
  const entry = readEntry(promise);
  if (entry === undefined || entry.version !== 1 || entry.kind === 'unsupported') {
    throw new Refusal('failed to extract signature from bundle: unsupported type');
  }
  if (signature !== '' && Buffer.from(entry.signature).toString('base64') !== signature) {
    throw new Refusal('signature in bundle does not match signature being verified');
  }
  if (certificate !== undefined && key !== undefined && !certificate.publicKey.equals(key)) {
    throw new Refusal('both public key and certificate were provided but did not match');
  }
  const der = certificate?.der ?? key?.export({ format: 'der', type: 'spki' });
  if (der === undefined) throw new Refusal('empty key');
  if (!readPem(entry.verifier)?.[0]?.der.equals(der)) {
    throw new Refusal('comparing public key PEMs, expected …, got …');
  }
  const { algorithm, hash } = entry.kind === 'hashedrekord' ? entry : { algorithm: 'sha256', hash: '' };
  if (algorithm !== 'sha256') throw new Refusal(`unexpected algorithm: "${algorithm}"`);
  const payloadHash = createHash('sha256').update(payload).digest('hex');
  if (hash !== payloadHash) {
    throw new Refusal(`matching bundle to payload: bundle="${hash}", payload="${payloadHash}"`);
  }
}
