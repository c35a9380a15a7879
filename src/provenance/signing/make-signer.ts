import { type PublicKey, readKey } from 'openpgp';
import { ChartsealError } from '../../base/error.ts';
import { loadHelmKeyring } from '../helm-keyring.ts';
import { hex, judgeKey } from '../judge-key.ts';
import { type Keyring, readKeyring } from '../read-keyring.ts';
import { checkSigned, readNamedFile } from './check-signed.ts';
import { describeAlgorithm, type KeyPart, SIGNING_RULES } from './choose-signing-part.ts';
import { formatClearsigned, type SignableText, signableText } from './signable-text.ts';
import { framePacket } from './signature-packet.ts';
import type { PgpSigner, SignerOptions } from './signer.ts';
import { unusable } from './unusable.ts';

/** Makes the body of the signature packet over a text. */
export type SignText = (text: SignableText, at: number, signal?: AbortSignal) => Promise<Uint8Array>;

const SIGNATURE_TAG = 2;

/**
 * A signer out of a certificate, the part of it that signs, and what makes its signatures. All that comes out of it was
 * verified with the public key alone.
 * @param key public, or private: only its public half is kept
 */
export async function makeSigner(
  key: PublicKey,
  part: KeyPart,
  signText: SignText,
  { at, helm = 'every' }: SignerOptions,
): Promise<PgpSigner> {
  const publicBinary = key.toPublic().write();
  const publicKey = await readKey({ binaryKey: publicBinary });
  const keyring = await readKeyring(publicBinary);
  const helmOld = await loads(keyring, 'x/crypto');
  const id = hex(key.getKeyID());
  if (!helmOld && helm === 'every') {
    throw unusable(`Helm up to 3.21.3 cannot load the key ${id}: ${describeParts(key)}`, {
      help: 'Use RSA or NIST P-256 for the key and all its subkeys (or allow the key for newer Helm only).',
    });
  }
  if (!(await loads(keyring, 'go-crypto'))) throw unusable(`no Helm can load the key ${id}`);
  const signingId = part.getKeyID();
  return Object.freeze({
    fingerprint: key.getFingerprint().toUpperCase(),
    keyId: key.getKeyID().toHex().toUpperCase(),
    userIds: key.getUserIDs(),
    signsWith: {
      fingerprint: part.getFingerprint().toUpperCase(),
      keyId: signingId.toHex().toUpperCase(),
      algorithm: describeAlgorithm(part),
      primary: part === key,
    },
    expiresAt: await expiryOf(key, part, at),
    publicKey,
    publicArmored: publicKey.armor().replaceAll('\r\n', '\n'),
    publicBinary,
    helmOld,
    async clearsign(text: string, time: number, signal?: AbortSignal): Promise<string> {
      const named = readNamedFile(text);
      const signable = signableText(text);
      const finding = await judgeKey(publicKey, signingId, new Date(time), SIGNING_RULES);
      if (finding !== undefined) throw unusable(`the key cannot sign now: ${finding.message}`);
      const body = await signText(signable, time, signal);
      const provenance = formatClearsigned(signable, framePacket(SIGNATURE_TAG, body));
      await checkSigned(provenance, named, keyring, time, helm);
      return provenance;
    },
  });
}

/**
 * A signature that nobody gets to see, so that a key whose halves do not belong together, or one that some Helm refuses
 * for a reason not thought of, is found at start.
 * @throws ChartsealError sign.key_unusable
 */
export async function trySigner(signer: PgpSigner, at: number): Promise<void> {
  const digest = `sha256:${'0'.repeat(64)}`;
  const text = `apiVersion: v2\nname: trial\nversion: 0.0.0\n\n...\nfiles:\n  trial-0.0.0.tgz: ${digest}\n`;
  try {
    await signer.clearsign(text, at);
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    if (error.code !== 'sign.self_check') throw error;
    throw unusable(`a trial signature by 0x${signer.keyId} failed: ${error.message}`);
  }
}

async function loads(keyring: Keyring, engine: 'x/crypto' | 'go-crypto'): Promise<boolean> {
  const ring = await loadHelmKeyring(keyring.certificates.flat(), engine);
  return Array.isArray(ring) && ring.length === 1;
}

function describeParts(key: PublicKey): string {
  const subkeys = key.subkeys.map(describeAlgorithm).join(', ');
  return `it is ${describeAlgorithm(key)}${subkeys === '' ? '' : ` with subkeys ${subkeys}`}`;
}

async function expiryOf(key: PublicKey, part: KeyPart, at: number): Promise<number | undefined> {
  const ends = [await key.getExpirationTime(undefined, SIGNING_RULES)];
  if (part !== key) ends.push(await part.getExpirationTime(new Date(at), SIGNING_RULES));
  const times = ends.flatMap((end) => (end instanceof Date ? [end.getTime()] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}
