import { Buffer } from 'node:buffer';
import { pgpFingerprints } from './pgp-fingerprints.ts';
import { readArmor } from './read-armor.ts';

/** What an entry of type `helm` records. */
export interface HelmBody {
  /** `sha256:…` of the archive that the provenance names. */
  archiveDigest: string;
  /** The signature packets of the provenance, dearmored. */
  signature: Uint8Array;
  /** Fingerprints of the primary keys that the uploader gave; one of them made the signature. */
  fingerprints: string[];
}

/**
 * Reads the canonical body of an entry (rekor:pkg/types/helm/v0.0.1/entry.go Canonicalize). Rekor checks the signature
 * with the key before it writes one, takes the digest from the signed text, and keeps neither the text nor the form in
 * which key and signature were armored.
 * @returns the kind where it is another one; undefined when it is not built as its kind says
 */
export function readHelmBody(body: Uint8Array): HelmBody | { kind: string } | undefined {
  try {
    const entry = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    if (entry.kind !== 'helm' || entry.apiVersion !== '0.0.1') {
      return { kind: `${String(entry.kind)} ${String(entry.apiVersion)}` };
    }
    const { chart, publicKey } = entry.spec;
    const { algorithm, value } = chart.hash;
    const signature = readArmor(textOf(chart.provenance.signature.content), 'PGP SIGNATURE');
    const key = readArmor(textOf(publicKey.content), 'PGP PUBLIC KEY BLOCK');
    if (algorithm !== 'sha256' || typeof value !== 'string' || !/^[0-9a-f]{64}$/i.test(value))
      return undefined;
    if (signature === undefined || signature.length === 0 || key === undefined) return undefined;
    const archiveDigest = `sha256:${value.toLowerCase()}`;
    return { archiveDigest, signature, fingerprints: pgpFingerprints(key) };
  } catch {
    return undefined;
  }
}

function textOf(base64: unknown): string {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('latin1') : '';
}
