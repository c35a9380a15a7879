import { Buffer } from 'node:buffer';
import type { Check, Evidence } from '../../base/evidence.ts';
import { clean } from '../../base/text.ts';
import type { TrustedRoot } from '../trusted-root.ts';
import type { HelmLogEntry } from './log-entry.ts';
import { type HelmBody, readHelmBody } from './read-helm-body.ts';
import { verifyInclusion } from './verify-inclusion.ts';

interface HelmEntryInput {
  entry: HelmLogEntry;
  /** The signature packets of the provenance, dearmored: `packets` of `readClearsigned`. */
  signature: Uint8Array;
  /** Upper-case hex fingerprints of the primary keys whose signature of the provenance holds. */
  signers: readonly string[];
  /** `sha256:…` of the chart archive. */
  archiveDigest: string;
  root: TrustedRoot;
  /** The trust name for which the provenance holds. */
  trust: string;
}

export interface HelmEntryResult {
  /** A trusted log recorded this very signature, by this signer, of this archive. */
  logged: boolean;
  evidence: Evidence;
  /** When the log recorded it, in milliseconds since the epoch; undefined where only a proof shows that it did. */
  loggedAt: number | undefined;
}

/** Keys of an entry that are named in a message; an uploader may give any number. */
const MAX_SHOWN = 3;

/**
 * Is this the entry of this provenance in a log that the root trusts? The helm-sigstore plugin compares the key and the
 * digest; whether the log holds the entry at all, and whether it is of this signature, it does not look at.
 * Never throws for what an entry holds.
 */
export function verifyHelmEntry(input: HelmEntryInput): HelmEntryResult {
  const { entry, root } = input;
  const checks: Check[] = [
    {
      name: 'log.entry',
      outcome: 'info',
      message: `entry ${entry.uuid} at index ${entry.logIndex} of the transparency log`,
    },
  ];
  const body = readHelmBody(entry.body);
  checks.push(...(isHelm(body) ? compareBody(body, input) : [notHelm(body)]));
  const inclusion = verifyInclusion(entry, root);
  checks.push(
    inclusion.holds
      ? pass('log', `the log ${clean(inclusion.log)} holds the entry${recorded(inclusion.time)}`)
      : fail(
          'log',
          inclusion.missing ? 'sigstore.log_missing' : 'sigstore.log_invalid',
          `it is not shown that a log holds the entry: ${inclusion.why}`,
        ),
  );
  const logged = checks.every(({ outcome }) => outcome !== 'fail');
  const loggedAt = logged && inclusion.holds ? inclusion.time : undefined;
  const fingerprint = isHelm(body) ? body.fingerprints[0] : undefined;
  return {
    logged,
    loggedAt,
    evidence: {
      scheme: 'sigstore',
      // The id of an entry is its hash.
      source: { kind: 'log', digest: `sha256:${entry.uuid}` },
      ...(fingerprint === undefined ? {} : { signer: { fingerprint } }),
      ...(loggedAt === undefined ? {} : { signedAt: new Date(loggedAt).toISOString() }),
      trustedAs: logged ? [input.trust] : [],
      checks,
    },
  };
}

function isHelm(body: ReturnType<typeof readHelmBody>): body is HelmBody {
  return body !== undefined && !('kind' in body);
}

function notHelm(body: { kind: string } | undefined): Check {
  return body === undefined
    ? fail('log.type', 'sigstore.malformed', 'the entry is not built as one of type helm')
    : fail('log.type', 'sigstore.unsupported', `the entry is of type ${clean(body.kind)}, not helm 0.0.1`);
}

function compareBody(body: HelmBody, { archiveDigest, signature, signers }: HelmEntryInput): Check[] {
  const isArchive = body.archiveDigest === archiveDigest;
  const isSignature = Buffer.from(body.signature).equals(signature);
  const isSigner = body.fingerprints.some((fingerprint) => signers.includes(fingerprint));
  return [
    isArchive
      ? pass('log.digest', 'the entry is of this archive')
      : fail('log.digest', 'sigstore.log_mismatch', `the entry is of another archive, ${body.archiveDigest}`),
    isSignature
      ? pass('log.signature', 'the entry is of the signature of the provenance')
      : fail(
          'log.signature',
          'sigstore.log_mismatch',
          'the entry is of another signature than the provenance has',
        ),
    isSigner
      ? pass('log.key', 'the entry is of the key that signed the provenance')
      : fail(
          'log.key',
          'sigstore.log_mismatch',
          `the entry is of another key than the signer's: ${shown(body.fingerprints)}`,
        ),
  ];
}

function shown(fingerprints: string[]): string {
  const some = fingerprints.slice(0, MAX_SHOWN).join(', ');
  if (some === '') return 'none that is known';
  return fingerprints.length > MAX_SHOWN ? `${some}, …` : some;
}

function recorded(time: number | undefined): string {
  return time === undefined ? '' : ` since ${new Date(time).toISOString()}`;
}

function pass(name: string, message: string): Check {
  return { name, outcome: 'pass', message };
}

function fail(name: string, code: NonNullable<Check['code']>, message: string): Check {
  return { name, outcome: 'fail', code, message };
}
