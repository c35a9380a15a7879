import { ChartsealError } from '../base/error.ts';
import type { Check, Evidence, Reason, TrustOutcome } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import type { ChartMetadata } from '../chart/index.ts';
import { describeSignature } from './describe-signature.ts';
import { isBlockedSigner } from './is-blocked-signer.ts';
import type { Finding } from './judge-key.ts';
import { BlockSignature, type Judgement } from './judge-signature.ts';
import { type AskedChart, matchAskedChart, type UnsafeMatch } from './match-asked-chart.ts';
import { type Clearsigned, readClearsigned } from './read-clearsigned.ts';
import { type ReadSignature, readSignatures } from './read-signatures.ts';
import { readSignedText, type SignedText } from './read-signed-text.ts';
import { SignedMessage } from './signed-message.ts';
import type { PgpTrust, TrustJudgement } from './trust.ts';

export interface ProvenanceInput {
  /** The provenance file as it was found. */
  bytes: Uint8Array;
  source: Evidence['source'];
  trusts: PgpTrust[];
  /** Digest of the archive, `sha256:…`: of the chart layer, or of the file. */
  archiveDigest: string;
  asked: AskedChart;
  unsafeAllow: UnsafeMatch[];
  /** Fingerprints, or key ids from 16 hex digits, of keys or subkeys whose signatures never hold. */
  blockedSigners: string[];
  /** Milliseconds since the epoch. */
  now: number;
}

export interface ProvenanceResult {
  /** One for each signature; one without a signer when the file cannot be read. */
  evidence: Evidence[];
  /** One for each trust, in their order. */
  outcomes: TrustOutcome[];
  /** What follows is there only when a signature by a trusted key covers it. */
  signedText?: string;
  metadata?: ChartMetadata;
  files?: Record<string, string>;
  /** Facts about the chart asked for that decide nothing. */
  facts: Reason[];
}

/**
 * Verifies a provenance file: each signature of its one block with the keys of each trust, then what the signed text
 * says against the archive's digest and the chart that was asked for. Keys are judged as openpgp.js does by default,
 * at the time of signing (and now, where a trust says so). Never throws for what the file holds.
 */
export async function verifyProvenance(input: ProvenanceInput): Promise<ProvenanceResult> {
  let block: Clearsigned;
  let signatures: ReadSignature[];
  try {
    block = readClearsigned(input.bytes);
    signatures = readSignatures(block.packets);
    checkHashHeader(block, signatures);
  } catch (error) {
    return unreadable(input, error);
  }
  const judged = await Promise.all(signatures.map((signature) => judgeByAll(signature, block, input)));
  const statement = judgeStatement(block.text, input);
  const covered = judged.some(({ byTrust }) => byTrust.some(({ judgement }) => isGood(judgement)));
  const evidence = judged.map(({ signature, byTrust }) =>
    describeSignature(input.source, signature, byTrust, statement, input.now),
  );
  return {
    evidence,
    outcomes: input.trusts.map((trust) => outcomeFor(trust, judged, statement)),
    ...(covered ? shown(block.text, statement.text) : {}),
    facts: covered ? statement.facts : [],
  };
}

/** openpgp.js' rule: where a Hash header stands, it names the algorithm of every signature. */
function checkHashHeader(block: Clearsigned, signatures: ReadSignature[]): void {
  for (const signature of signatures) {
    if (!block.hashes || !('packet' in signature)) continue;
    if (!block.hashes.includes(signature.packet.hashAlgorithm as number)) {
      throw new ChartsealError(
        'pgp.hash_header',
        'the Hash header of the signed block names another algorithm than a signature uses',
      );
    }
  }
}

interface Judged {
  signature: BlockSignature | { unsupported: string };
  byTrust: TrustJudgement[];
}

async function judgeByAll(read: ReadSignature, block: Clearsigned, input: ProvenanceInput): Promise<Judged> {
  if ('unsupported' in read) return { signature: read, byTrust: input.trusts.map((trust) => ({ trust })) };
  const signature = new BlockSignature(read.packet, read.body, SignedMessage.of(input.bytes, block.signed));
  const byTrust: TrustJudgement[] = [];
  for (const trust of input.trusts) {
    const judgement = await judgeByTrust(signature, trust, input);
    byTrust.push(judgement === undefined ? { trust } : { trust, judgement });
  }
  return { signature, byTrust };
}

async function judgeByTrust(
  signature: BlockSignature,
  trust: PgpTrust,
  input: ProvenanceInput,
): Promise<Judgement | undefined> {
  let best: Judgement | undefined;
  // A keyring may hold a key twice, once renewed: any of them will do.
  for (const key of signature.candidates(trust.keyring.keys)) {
    const judgement = await signature.judge(key, trust, input.now);
    if (isBlockedSigner(key.key, input.blockedSigners)) {
      judgement.problems.unshift({
        code: 'blocked.signer',
        message: `the signer ${signature.keyId} (${key.fingerprint}) is blocked`,
      });
    }
    if (isGood(judgement)) return judgement;
    best ??= judgement;
  }
  return best;
}

function isGood(judgement: Judgement | undefined): judgement is Judgement {
  return judgement !== undefined && judgement.problems.length === 0;
}

interface Statement {
  text: SignedText;
  /** Why the text does not speak for the archive and the chart asked for; empty when it does. */
  reasons: Reason[];
  facts: Reason[];
  /** Does a readable files map name the archive's digest? */
  namesDigest: boolean;
}

function judgeStatement(signedText: string, input: ProvenanceInput): Statement {
  const text = readSignedText(signedText);
  const { metadata, files } = text;
  const namesDigest = files !== undefined && Object.values(files).includes(input.archiveDigest);
  const statement: Statement = { text, reasons: text.problems.map(reasonFrom), facts: [], namesDigest };
  if (files !== undefined && !namesDigest) {
    const [name, digest] = Object.entries(files)[0]!;
    const message = `the archive is ${input.archiveDigest}; the signed text names ${digest} (${clean(name)})`;
    statement.reasons.push(reason('pgp.digest_mismatch', message));
  }
  if (metadata === undefined || files === undefined || statement.reasons.length > 0) return statement;
  const signed = { name: metadata.name, version: metadata.version, files };
  const match = matchAskedChart(signed, input.archiveDigest, input.asked, input.unsafeAllow);
  (match.holds ? statement.facts : statement.reasons).push(...match.reasons);
  return statement;
}

function outcomeFor(trust: PgpTrust, judged: Judged[], statement: Statement): TrustOutcome {
  const mine = judged.map(({ signature, byTrust }) => ({
    signature,
    judgement: byTrust.find((each) => each.trust === trust)?.judgement,
  }));
  const good = mine.flatMap(({ judgement }) => (isGood(judgement) ? [judgement] : []));
  if (good.length > 0 && statement.reasons.length === 0) {
    const until = Math.min(...good.map(({ holdsUntil }) => holdsUntil));
    return {
      trust: trust.name,
      state: 'held',
      identities: [...new Set(good.map(({ key }) => key.fingerprint))],
      reasons: unique(good.flatMap(({ facts }) => facts.map((fact) => reasonOf(fact, trust.name)))),
      ...(Number.isFinite(until) ? { holdsUntil: until } : {}),
    };
  }
  const reasons =
    good.length > 0
      ? statement.reasons.map((each) => ({ ...each, trust: trust.name }))
      : [
          // What is wrong with a trusted key's signature says more than that a stranger signed too.
          ...mine.flatMap(({ judgement }) =>
            (judgement?.problems ?? []).map((each) => reasonOf(each, trust.name)),
          ),
          ...mine.flatMap(({ signature, judgement }) =>
            judgement === undefined ? [reasonOf(notByTrusted(signature, trust), trust.name)] : [],
          ),
        ];
  return { trust: trust.name, state: 'failed', identities: [], reasons: unique(reasons) };
}

function notByTrusted(signature: Judged['signature'], trust: PgpTrust): Finding {
  if ('unsupported' in signature) {
    return { code: 'pgp.unsupported', message: `a signature cannot be read: ${signature.unsupported}` };
  }
  const trusted = trust.keyring.keys.slice(0, 5).map(({ keyId }) => `0x${keyId}`);
  const more = trust.keyring.keys.length - trusted.length;
  const list = more > 0 ? `${trusted.join(', ')} and ${more} more` : trusted.join(', ');
  return {
    code: 'pgp.untrusted_key',
    message: `signed by ${signature.keyId}; ${clean(trust.name)} trusts ${list}`,
  };
}

function shown(signedText: string, { metadata, files }: SignedText): Partial<ProvenanceResult> {
  return { signedText, ...(metadata ? { metadata } : {}), ...(files ? { files } : {}) };
}

function unreadable(input: ProvenanceInput, error: unknown): ProvenanceResult {
  const why = reasonFrom(error);
  const check: Check = { name: 'document', outcome: 'fail', code: why.code, message: why.message };
  return {
    evidence: [{ scheme: 'pgp', source: input.source, trustedAs: [], checks: [check] }],
    outcomes: input.trusts.map(({ name }) => ({
      trust: name,
      state: 'failed',
      identities: [],
      reasons: [{ ...why, trust: name }],
    })),
    facts: [],
  };
}

function reasonFrom(error: unknown): Reason {
  if (!(error instanceof ChartsealError)) throw error;
  return { code: error.code, message: error.message, help: error.help };
}

function reasonOf({ code, message }: Finding, trust?: string): Reason {
  return reason(code, message, trust === undefined ? {} : { trust });
}

function unique(reasons: Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, message }) => {
    const key = `${code} ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}
