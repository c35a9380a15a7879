import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { readExtensions } from './extensions.ts';
import { wordsOf } from './failure.ts';
import { MAX_NAME_BYTES, MAX_SPKI_BYTES } from './limits.ts';
import type { Certificate } from './parse-certificate.ts';
import type { DerNode } from './parse-der.ts';
import { describeKey, isCompressed } from './signing-key.ts';

/** A signer's certificate and what it says, whether or not anybody trusts it. */
export interface Leaf {
  certificate: Certificate;
  key: KeyObject;
  /** Of the key: upper-case hex of SHA-256 over the SubjectPublicKeyInfo. */
  fingerprint: string;
  /** The OIDC issuer. */
  issuer: string;
  /** The one subject alternative name. */
  subject: string;
  /** By the names of `extensions.ts`; `issuer` included. */
  extensions: Readonly<Record<string, string>>;
}

const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
/** A user name of an issuer that has no email addresses (fulcio: docs/oid-info.md). */
const FULCIO_USER_NAME = '1.3.6.1.4.1.57264.1.7';
/** Critical extensions that are understood; a certificate with another must not be used (RFC 5280 section 4.2). */
const UNDERSTOOD = [KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE];

/**
 * Reads what the certificate of a signer says, and that it may sign: made for code signing, no authority itself, one
 * identity, one issuer. `@sigstore/verify` looks at none of that.
 * @throws ChartsealError `sigstore.certificate_invalid`, or `sigstore.unsupported` for its kind of key
 */
export function readLeaf(certificate: Certificate): Leaf {
  try {
    checkUse(certificate);
    const extensions = readExtensions(certificate);
    const { issuer } = extensions;
    if (issuer === undefined) throw refused('it names no issuer of the identity');
    const { key, spki } = readKey(certificate);
    return {
      certificate,
      key,
      fingerprint: createHash('sha256').update(spki).digest('hex').toUpperCase(),
      issuer,
      subject: readSubject(certificate),
      extensions,
    };
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    throw refused(wordsOf(error));
  }
}

function checkUse(certificate: Certificate): void {
  const seen = new Set<string>();
  for (const node of certificate.extensions as DerNode[]) {
    const id = node.subs[0]!.toOID();
    if (seen.has(id)) throw refused(`it has the extension ${clean(id)} twice`);
    seen.add(id);
    const isCritical = node.subs.length === 3 && node.subs[1]!.toBoolean();
    if (isCritical && !UNDERSTOOD.includes(id)) {
      throw refused(`it has a critical extension that is not understood (${clean(id)})`);
    }
  }
  if (certificate.extKeyUsage?.digitalSignature === false) throw refused('it is not for digital signatures');
  if (certificate.extBasicConstraints?.isCA === true) throw refused('it is that of an authority');
  const usages = certificate.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs ?? [];
  if (!usages.some((usage) => usage.toOID() === CODE_SIGNING)) throw refused('it is not for code signing');
}

function readKey(certificate: Certificate): { key: KeyObject; spki: Buffer } {
  // An RSA exponent of 64 KiB is a key, and takes a second to be read.
  if (certificate.publicKey.byteLength > MAX_SPKI_BYTES) throw refused('its key is too large');
  let key: KeyObject;
  try {
    key = createPublicKey({ key: certificate.publicKey, format: 'der', type: 'spki' });
  } catch {
    throw refused('its key cannot be read');
  }
  const kind = describeKey(key);
  if (typeof kind === 'string') {
    throw new ChartsealError('sigstore.unsupported', `the certificate is for ${clean(kind)}`);
  }
  // Written anew, as that of a trusted key: a key that is blocked is blocked however a certificate writes it.
  const spki = Buffer.from(key.export({ format: 'der', type: 'spki' }));
  if (isCompressed(spki, kind)) throw refused('the point of its key is compressed');
  return { key, spki };
}

// Fulcio writes exactly one name; of several, readers would take different ones.
function readSubject(certificate: Certificate): string {
  const names = certificate.extSubjectAltName?.valueObj.subs[0]?.subs ?? [];
  const [name] = names as DerNode[];
  if (name === undefined || names.length !== 1)
    throw refused(`it names ${names.length} identities where one is expected`);
  const email = name.tag.isContextSpecific(1);
  const uri = name.tag.isContextSpecific(6);
  if (email || uri) return printable(name.value);
  if (name.tag.isContextSpecific(0) && name.subs[0]?.toOID() === FULCIO_USER_NAME) {
    const text = name.subs[1]?.subs[0];
    if (text !== undefined) return printable(text.value);
  }
  throw refused('its identity is neither a URI nor an email address nor a user name');
}

function printable(bytes: Buffer): string {
  if (bytes.byteLength > MAX_NAME_BYTES) throw refused('its identity is too long');
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  if (text === '' || /[\u0000-\u001f\u007f]/.test(text))
    throw refused('its identity is empty or has control characters');
  return text;
}

function refused(why: string): ChartsealError {
  return new ChartsealError('sigstore.certificate_invalid', `the certificate may not sign: ${why}`);
}
