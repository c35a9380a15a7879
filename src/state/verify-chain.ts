import { clean } from '../base/text.ts';
import { type AuditHead, type AuditRecord, GENESIS } from './audit.ts';
import { chainHash } from './chain-hash.ts';

/** What is wrong with a chain. */
type ChainProblem =
  /** A number is missing: records were removed. */
  | 'gap'
  /** A number comes again or too early: records were reordered or added. */
  | 'order'
  /** A record does not name the hash of the one before it. */
  | 'link'
  /** A record is not what was hashed: it was edited. */
  | 'hash'
  /** The head that was given is not in the chain: its end was cut off, or all of it written anew. */
  | 'head';

type ChainResult =
  | {
      intact: true;
      /** Records looked at. */
      count: number;
      /** The last of them; undefined when there was none. */
      head: AuditHead | undefined;
      /** With a head given: how many records came after it. */
      sinceHead?: number;
    }
  | { intact: false; count: number; seq: number; problem: ChainProblem; message: string };

interface VerifyChainOptions {
  /** Hash of a record that is known to have been there, with or without `sha256:`. */
  head?: string;
  /** The record before the first of `records`, when not the whole chain is given. */
  after?: AuditHead;
}

/**
 * Checks that records are a chain: numbered without gaps from 1 (or from `after`), each naming the hash of the one
 * before, each hashing to what it says. That the end was cut off cannot be seen in the records themselves: only a
 * head that was kept elsewhere (every answer to a signer carries one) shows it, as it shows a log written anew.
 * @returns the first fault, if there is one; never throws but what `records` throws
 */
export async function verifyChain(
  records: AsyncIterable<AuditRecord> | Iterable<AuditRecord>,
  options: VerifyChainOptions = {},
): Promise<ChainResult> {
  const wanted = options.head === undefined ? undefined : normalised(options.head);
  let head = options.after;
  let seen = head !== undefined && head.hash === wanted ? head.seq : undefined;
  let count = 0;
  for await (const record of records) {
    const expected = (head?.seq ?? 0) + 1;
    const fault = await faultOf(record, expected, head?.hash ?? GENESIS);
    if (fault !== undefined) {
      const seq = Number(record.seq);
      return { intact: false, count, seq: fault.problem === 'gap' ? expected : seq, ...fault };
    }
    count++;
    head = { seq: record.seq, hash: record.hash };
    if (record.hash === wanted) seen = record.seq;
  }
  if (wanted === undefined) return { intact: true, count, head };
  const seq = head?.seq ?? 0;
  if (seen !== undefined) return { intact: true, count, head, sinceHead: seq - seen };
  const message = `no record has the hash ${clean(wanted, 80)}: the log, which ends with record ${seq}, was cut off or written anew`;
  return { intact: false, count, seq, problem: 'head', message };
}

async function faultOf(
  record: AuditRecord,
  expected: number,
  prev: string,
): Promise<{ problem: ChainProblem; message: string } | undefined> {
  const { seq } = record;
  const shown = clean(seq, 20);
  if (!(seq <= expected)) {
    return {
      problem: 'gap',
      message: `after record ${expected - 1} comes record ${shown}: records are missing`,
    };
  }
  if (seq !== expected) {
    return { problem: 'order', message: `record ${shown} stands where ${expected} should` };
  }
  if (record.prev !== prev) {
    return {
      problem: 'link',
      message: `record ${seq} does not follow record ${seq - 1}: one of them was exchanged`,
    };
  }
  if (record.hash !== (await chainHash(prev, record))) {
    return { problem: 'hash', message: `record ${seq} was edited: it does not have the hash that it says` };
  }
  return undefined;
}

function normalised(hash: string): string {
  const lower = hash.trim().toLowerCase();
  return lower.startsWith('sha256:') ? lower : `sha256:${lower}`;
}
