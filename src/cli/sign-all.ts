import { CODES } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { mapBounded } from '../base/map-bounded.ts';
import { clean } from '../base/text.ts';
import { formatReference, type Reference } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import { EXIT, exitStatusOfSigning } from './exit-status.ts';
import { openSigning, type Signing } from './open-signing.ts';
import { orderOf } from './order-of.ts';
import type { Target } from './parse-target.ts';
import { resolveTag } from './resolve-tag.ts';
import type { SignOptions } from './sign-options.ts';
import { usageError } from './usage-error.ts';

const MAX_CONCURRENCY = 32;
const ERASE_LINE = '\r\u001b[K';
// Lists of referrers (OCI distribution-spec, "Referrers Tag Schema") and cosign's signatures are no charts.
const OF_ANOTHER_DIGEST = /^sha256-[0-9a-f]{64}(\.[a-z]+)?$/;

interface Chosen {
  tag: string;
  digest: string;
}

interface Outcome extends Chosen {
  outcome: 'signed' | 'unchanged' | 'refused' | 'failed';
  after: string | null;
  code?: string;
  message?: string;
  status: number;
}

/**
 * Signs every chart of a repository: lists its tags, resolves each once, shows tag and digest, asks, and signs those
 * digests. What is signed already is passed over, so a run that was broken off is simply run again.
 */
export async function signAll(
  { reference }: Target & { kind: 'reference' },
  options: SignOptions,
  io: Io,
): Promise<number> {
  const bound = concurrencyOf(options.concurrency);
  const signing = await openSigning(reference, options, io);
  try {
    const chosen = await choose(reference, signing, bound);
    if (chosen.length === 0)
      throw new ChartsealError('chart.not_found', `${formatReference(reference)} has no tags of charts`);
    const dry = options.dryRun === true;
    io.stderr.write(listOf(reference, chosen));
    if (!dry && !options.yes && !(await agreed(chosen.length, io))) {
      io.stderr.write('nothing was signed\n');
      return EXIT.deny;
    }
    await signing.ready();
    const outcomes = await signEach(reference, chosen, signing, bound, options, io);
    show(reference, outcomes, options, io);
    return statusOf(outcomes);
  } finally {
    await signing.close();
  }
}

function concurrencyOf(text: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 1 && number <= MAX_CONCURRENCY) return number;
  throw usageError(`--concurrency is "${clean(text)}"; allowed is a number from 1 to ${MAX_CONCURRENCY}`);
}

async function choose(reference: Reference, { client }: Signing, bound: number): Promise<Chosen[]> {
  const tags = await client.session({ noCache: true }).listTags(reference);
  const own = tags.filter((tag) => !OF_ANOTHER_DIGEST.test(tag));
  return mapBounded(own, bound, async (tag) => ({
    tag,
    digest: await resolveTag(client, { ...reference, tag }),
  }));
}

function listOf(reference: Reference, chosen: Chosen[]): string {
  const width = Math.max(...chosen.map(({ tag }) => tag.length));
  const lines = chosen.map(({ tag, digest }) => `  ${clean(tag, 130).padEnd(width)}  ${digest}`);
  return `${formatReference(reference)}\n${lines.join('\n')}\n`;
}

async function agreed(count: number, io: Io): Promise<boolean> {
  if (io.ask === undefined) {
    throw usageError(
      `whether to sign ${count === 1 ? 'one chart' : `${count} charts`} can only be asked at a terminal`,
      'Look at the list of tags and digests above; --yes signs them, --dry-run only tries.',
    );
  }
  const answer = await io.ask(`Sign ${count === 1 ? 'this chart' : `these ${count} charts`}? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

async function signEach(
  reference: Reference,
  chosen: Chosen[],
  signing: Signing,
  bound: number,
  options: SignOptions,
  io: Io,
): Promise<Outcome[]> {
  let done = 0;
  const outcomes = await mapBounded(chosen, bound, async (one) => {
    const outcome = await signOne(reference, one, signing, options);
    done += 1;
    const line = `${done}/${chosen.length} ${wordFor(outcome.outcome, options)} ${clean(one.tag, 130)}`;
    io.stderr.write(io.stderr.isTTY ? `${ERASE_LINE}${line}` : `${line}\n`);
    return outcome;
  });
  if (io.stderr.isTTY) io.stderr.write(ERASE_LINE);
  return outcomes;
}

async function signOne(
  { host, repository }: Reference,
  { tag, digest }: Chosen,
  signing: Signing,
  options: SignOptions,
): Promise<Outcome> {
  const order = orderOf(formatReference({ host, repository, tag }), { ...options, expectedDigest: digest });
  try {
    const { changed, after } = await signing.sign(order);
    return { tag, digest, after, outcome: changed ? 'signed' : 'unchanged', status: EXIT.allow };
  } catch (error) {
    const known = error instanceof ChartsealError;
    const status = exitStatusOfSigning(error);
    return {
      tag,
      digest,
      after: null,
      outcome: status === EXIT.deny ? 'refused' : 'failed',
      code: known ? error.code : 'internal.error',
      message: known ? error.message : CODES['internal.error'].meaning,
      status,
    };
  }
}

function show(reference: Reference, outcomes: Outcome[], options: SignOptions, io: Io): void {
  const dryRun = options.dryRun === true;
  const count = (outcome: Outcome['outcome']) => outcomes.filter((one) => one.outcome === outcome).length;
  const summary = {
    signed: count('signed'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    failed: count('failed'),
  };
  if (options.format === 'json') {
    const results = outcomes.map(({ status: _, digest, ...rest }) => ({ ...rest, before: digest }));
    io.stdout.write(`${toSafeJson({ reference: formatReference(reference), dryRun, summary, results })}\n`);
    return;
  }
  const width = Math.max(...outcomes.map(({ tag }) => tag.length));
  for (const { tag, digest, after, outcome, code, message } of outcomes) {
    const what =
      outcome === 'signed'
        ? dryRun
          ? `${digest} would be signed`
          : `${digest} -> ${after}`
        : outcome === 'unchanged'
          ? `${digest} is signed already`
          : `${code}: ${clean(message ?? '', 600)}`;
    io.stdout.write(`${wordFor(outcome, options).padEnd(10)}${clean(tag, 130).padEnd(width)}  ${what}\n`);
  }
  const { signed, unchanged, refused, failed } = summary;
  io.stdout.write(
    `\n${signed} ${dryRun ? 'would be signed' : 'signed'}, ${unchanged} signed already, ${refused} refused, ${failed} failed\n`,
  );
}

// Nobody is to take a trial for the thing itself. (JSON says dryRun.)
function wordFor(outcome: Outcome['outcome'], { dryRun }: SignOptions): string {
  return dryRun && outcome === 'signed' ? 'unsigned' : outcome;
}

// A refusal is for people to look at; a failure alone may pass when the command is run again.
function statusOf(outcomes: Outcome[]): number {
  const statuses = new Set(outcomes.map(({ status }) => status));
  for (const status of [EXIT.deny, EXIT.usage, EXIT.inconclusive]) if (statuses.has(status)) return status;
  return EXIT.allow;
}
