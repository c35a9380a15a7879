import { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ASN1Obj, X509Certificate } from '@sigstore/core';
import { MAX_DER_BYTES, MAX_SPKI_BYTES } from '../limits.ts';
import { parseCertificate } from '../parse-certificate.ts';
import { parseDer } from '../parse-der.ts';
import type { WorkflowField } from './flags.ts';
import { Refusal, Unknowable } from './refusal.ts';

/** A certificate that somebody signed with, as Go's libraries see it. */
export interface LeafCertificate {
  der: Uint8Array;
  x509: X509Certificate;
  publicKey: KeyObject;
  /** Milliseconds since the epoch. */
  notBefore: number;
  notAfter: number;
  /** At a time in milliseconds since the epoch, both ends included. */
  isValidAt(time: number): boolean;
  /** The one name that sigstore-go compares: a URI, else a mail address, else Fulcio's other name. */
  name: string | undefined;
  /** All names in the order in which cosign lists them. */
  names: string[];
  /** Empty without such an extension. */
  issuer: string;
  workflow: Partial<Record<WorkflowField, string>>;
}

const SAN = '2.5.29.17';
const FULCIO = '1.3.6.1.4.1.57264.1.';
const ISSUER = `${FULCIO}1`;
const ISSUER_V2 = `${FULCIO}8`;
const OTHER_NAME = `${FULCIO}7`;
// fulcio:docs/oid-info.md
const WORKFLOW: Record<string, WorkflowField> = {
  [`${FULCIO}2`]: 'GithubWorkflowTrigger',
  [`${FULCIO}3`]: 'GithubWorkflowSHA',
  [`${FULCIO}4`]: 'GithubWorkflowName',
  [`${FULCIO}5`]: 'GithubWorkflowRepository',
  [`${FULCIO}6`]: 'GithubWorkflowRef',
};

/**
 * Reads a certificate (sigstore-go:pkg/fulcio/certificate/summarize.go, sigstore:pkg/cryptoutils/sans.go).
 * @throws Refusal for what is none
 * @throws Unknowable for one that is larger than any that is read here
 */
export function readCertificate(der: Uint8Array): LeafCertificate {
  if (der.length === 0) throw new Refusal('validation error: missing verification material');
  if (der.length > MAX_DER_BYTES) throw new Unknowable('a certificate that is too large to be looked at');
  try {
    const x509 = parseCertificate(der);
    if (x509.publicKey.length > MAX_SPKI_BYTES)
      throw new Unknowable('a key that is too large to be looked at');
    const publicKey = createPublicKey({ key: x509.publicKey, format: 'der', type: 'spki' });
    const [notBefore, notAfter] = [x509.notBefore.getTime(), x509.notAfter.getTime()];
    return {
      der,
      x509,
      publicKey,
      notBefore,
      notAfter,
      isValidAt: (time) => notBefore <= time && time <= notAfter,
      ...namesOf(x509),
      ...extensionsOf(x509),
    };
  } catch (error) {
    if (error instanceof Unknowable) throw error;
    throw new Refusal('validation error: x509: malformed certificate');
  }
}

// RFC 5280, section 4.2.1.6: the tag of a general name says of what kind it is.
function namesOf(x509: X509Certificate): Pick<LeafCertificate, 'name' | 'names'> {
  const value = x509.extension(SAN)?.value;
  const general = value === undefined ? [] : parse(value).subs;
  const ofKind = (kind: number) =>
    general.filter((one) => one.tag.isContextSpecific(kind)).map((one) => one.value.toString('latin1'));
  const [dns, mails, addresses, uris] = [ofKind(2), ofKind(1), ofKind(7), ofKind(6)];
  const others = general.filter((one) => one.tag.isContextSpecific(0)).map(otherName);
  const other = others.length === 1 && others[0] ? [others[0]] : [];
  return {
    name: uris[0] || mails[0] || other[0],
    names: [...dns, ...mails, ...addresses.map(formatAddress), ...uris, ...other],
  };
}

function otherName(one: ASN1Obj): string | undefined {
  if (one.subs[0]?.toOID() !== OTHER_NAME) return undefined;
  return one.subs[1]?.subs[0]?.value.toString('utf8');
}

function formatAddress(bytes: string): string {
  return Buffer.from(bytes, 'latin1').join('.');
}

// sigstore-go:pkg/fulcio/certificate/extensions.go ParseExtensions: the old ones are bare text, the new one is DER.
function extensionsOf(x509: X509Certificate): Pick<LeafCertificate, 'issuer' | 'workflow'> {
  let issuer = '';
  const workflow: LeafCertificate['workflow'] = {};
  for (const extension of x509.extensions) {
    const oid = extension.subs[0]?.toOID() ?? '';
    const value = extension.subs.at(-1)?.value ?? Buffer.alloc(0);
    if (oid === ISSUER) issuer = value.toString('utf8');
    if (oid === ISSUER_V2) issuer = parse(value).value.toString('utf8');
    const field = WORKFLOW[oid];
    if (field !== undefined) workflow[field] = value.toString('utf8');
  }
  return { issuer, workflow };
}

function parse(der: Uint8Array): ASN1Obj {
  return parseDer(Uint8Array.from(der));
}
