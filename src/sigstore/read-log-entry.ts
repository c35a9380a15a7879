import type { TransparencyLogEntry } from '@sigstore/bundle';
import { readPem } from '../base/read-pem.ts';

/** Whose signature a log entry says it is. DER. */
export interface LoggedSigner {
  kind: 'certificate' | 'key';
  der: Buffer;
}

/**
 * The certificate or key that the body of a log entry names. `@sigstore/verify` compares signature and digest of a
 * body and leaves this out; without it, an entry that somebody else made of the same signature would do (client-spec
 * section 4.4).
 * @returns undefined for a kind of entry that is not known
 * @throws Error if the body is not built as its kind says
 */
export function readLoggedSigner({
  canonicalizedBody,
  kindVersion,
}: TransparencyLogEntry): LoggedSigner | undefined {
  const { spec } = JSON.parse(canonicalizedBody.toString('utf8'));
  // rekor: pkg/types/*/…_schema.json; rekor-tiles: api/proto/rekor/v2/entry.proto
  switch (`${kindVersion.kind} ${kindVersion.version}`) {
    case 'hashedrekord 0.0.1':
      return fromPem(spec.signature.publicKey.content);
    case 'dsse 0.0.1':
      return fromPem(spec.signatures[0].verifier);
    case 'intoto 0.0.2':
      return fromPem(spec.content.envelope.signatures[0].publicKey);
    case 'hashedrekord 0.0.2':
      return fromVerifier(spec.hashedRekordV002.signature.verifier);
    case 'dsse 0.0.2':
      return fromVerifier(spec.dsseV002.signatures[0].verifier);
    default:
      return undefined;
  }
}

function fromPem(base64: unknown): LoggedSigner {
  const pem = decode(base64).toString('latin1');
  const [block] = readPem(pem) ?? [];
  if (block?.label === 'CERTIFICATE') return { kind: 'certificate', der: block.der };
  if (block?.label === 'PUBLIC KEY') return { kind: 'key', der: block.der };
  throw new Error('it names neither a certificate nor a public key');
}

function fromVerifier(verifier: {
  x509Certificate?: { rawBytes: unknown };
  publicKey?: { rawBytes: unknown };
}): LoggedSigner {
  const { x509Certificate, publicKey } = verifier;
  if (x509Certificate !== undefined) return { kind: 'certificate', der: decode(x509Certificate.rawBytes) };
  if (publicKey === undefined) throw new Error('it names neither a certificate nor a public key');
  return { kind: 'key', der: decode(publicKey.rawBytes) };
}

// No log vouched for the body yet. Of an object with a length, `Buffer.from` would make as many bytes.
function decode(base64: unknown): Buffer {
  if (typeof base64 !== 'string') throw new Error('its certificate or key is no text');
  return Buffer.from(base64, 'base64');
}
