import type { Check, Evidence, Reason, Signer } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import type { Finding } from './judge-key.ts';
import type { BlockSignature } from './judge-signature.ts';
import type { TrustJudgement } from './trust.ts';

/** What the signed text says for the chart. */
interface Statement {
  /** Why it does not speak for the chart; empty when it does. */
  reasons: readonly Reason[];
  namesDigest: boolean;
}

/** What each problem is a failure of. */
const CHECK_NAMES: Partial<Record<Finding['code'], string>> = {
  'pgp.signature_type': 'signature',
  'pgp.bad_signature': 'signature',
  'pgp.unsupported': 'signature',
  'pgp.weak_hash': 'hash-algorithm',
  'pgp.weak_key': 'key-strength',
  'pgp.dsa': 'key-strength',
  'pgp.key_flags': 'key-flags',
  'pgp.key_revoked': 'key-revocation',
  'pgp.key_expired_at_signing': 'key-at-signing',
  'pgp.key_expired': 'key-now',
  'pgp.signature_expired': 'signature-time',
  'pgp.signed_in_future': 'signature-time',
  'blocked.signer': 'blocked',
};

/**
 * The facts of one signature, whoever trusts it: who made it and when, whether it fits the text, what speaks against
 * the key, and whether the text speaks for this chart. What one trust allows and another does not is `info`.
 */
export function describeSignature(
  source: Evidence['source'],
  signature: BlockSignature | { unsupported: string },
  byTrust: readonly TrustJudgement[],
  statement: Statement,
  now: number,
): Evidence {
  if ('unsupported' in signature) {
    const message = `the signature cannot be read: ${signature.unsupported}`;
    const check: Check = { name: 'signature', outcome: 'fail', code: 'pgp.unsupported', message };
    return { scheme: 'pgp', source, trustedAs: [], checks: [check] };
  }
  const known = byTrust.filter((each) => each.judgement !== undefined);
  const holding = known.filter(({ judgement }) => judgement!.problems.length === 0);
  return {
    scheme: 'pgp',
    source,
    signer: signerOf(signature, known),
    signedAt: signature.packet.created!.toISOString(),
    trustedAs: statement.reasons.length === 0 ? holding.map(({ trust }) => trust.name) : [],
    checks: [
      checkSigner(signature, known),
      ...checkSignature(signature, known),
      ...checkProblems(known, holding.length > 0),
      ...checkTimes(known, now),
      ...checkStatement(known, statement),
    ],
  };
}

function signerOf(signature: BlockSignature, known: readonly TrustJudgement[]): Signer {
  const keyId = signature.packet.issuerKeyID.toHex().toUpperCase();
  // A key is named only when it made the signature; a key id in the packet is no more than a claim.
  const key = known.find(({ judgement }) => isGenuine(judgement!.problems))?.judgement?.key;
  if (key === undefined) return { keyId };
  return { keyId, fingerprint: key.fingerprint, userIds: key.userIds.slice(0, 10).map((id) => clean(id)) };
}

function isGenuine(problems: readonly Finding[]): boolean {
  return problems.every(({ code }) => CHECK_NAMES[code] !== 'signature');
}

function checkSigner(signature: BlockSignature, known: readonly TrustJudgement[]): Check {
  if (known.length === 0) {
    return {
      name: 'signer',
      outcome: 'fail',
      code: 'pgp.untrusted_key',
      message: `${signature.keyId} is in no keyring of the policy, so the signature could not be verified`,
    };
  }
  const names = known.map(({ trust }) => clean(trust.name)).join(', ');
  return {
    name: 'signer',
    outcome: 'pass',
    code: 'pgp.trusted_key',
    message: `${signature.keyId} is in the keyring of ${names}`,
  };
}

function checkSignature(signature: BlockSignature, known: readonly TrustJudgement[]): Check[] {
  if (!known.some(({ judgement }) => isGenuine(judgement!.problems))) return [];
  const message = `the signature by ${signature.keyId} fits the signed text`;
  return [{ name: 'signature', outcome: 'pass', code: 'pgp.signature_good', message }];
}

function checkProblems(known: readonly TrustJudgement[], somewhereGood: boolean): Check[] {
  const checks = new Map<string, Check>();
  for (const { judgement } of known) {
    for (const { code, message } of judgement!.problems) {
      const outcome = somewhereGood ? 'info' : 'fail';
      checks.set(`${code} ${message}`, { name: CHECK_NAMES[code] ?? 'key', outcome, code, message });
    }
  }
  return [...checks.values()];
}

function checkTimes(known: readonly TrustJudgement[], now: number): Check[] {
  const judgement = known.find(({ judgement: { problems } = { problems: [] } }) =>
    isGenuine(problems),
  )?.judgement;
  if (judgement === undefined) return [];
  const checks: Check[] = [];
  const found = [...judgement.problems, ...judgement.facts];
  const names = new Set(found.map(({ code }) => CHECK_NAMES[code]));
  const keyProblems = ['key-at-signing', 'key-revocation', 'key-flags', 'key-strength'];
  if (!judgement.problems.some(({ code }) => keyProblems.includes(CHECK_NAMES[code] ?? ''))) {
    checks.push({ name: 'key-at-signing', outcome: 'pass', message: 'the key could sign when it signed' });
  }
  for (const { code, message } of judgement.facts) {
    checks.push({ name: CHECK_NAMES[code] ?? 'key-now', outcome: 'info', code, message });
  }
  if (!names.has('key-now') && !keyProblems.some((name) => names.has(name))) {
    const day = new Date(now).toISOString();
    checks.push({ name: 'key-now', outcome: 'pass', message: `the key is valid at ${day}` });
  }
  return checks;
}

function checkStatement(known: readonly TrustJudgement[], { reasons, namesDigest }: Statement): Check[] {
  if (!known.some(({ judgement }) => isGenuine(judgement!.problems))) return [];
  const checks: Check[] = reasons.map(({ code, message }) => ({
    name: code.startsWith('provenance.') ? 'document' : code === 'pgp.digest_mismatch' ? 'digest' : 'chart',
    outcome: 'fail',
    code,
    message,
  }));
  if (namesDigest && !checks.some(({ name }) => name === 'digest')) {
    const message = 'the signed text names the digest of this archive';
    checks.push({ name: 'digest', outcome: 'pass', code: 'pgp.digest_match', message });
  }
  return checks;
}
