import { beforeAll, describe, expect, it } from 'vitest';
import { ChartsealError } from '../../../src/base/error.ts';
import type { TrustOutcome } from '../../../src/base/evidence.ts';
import { readClearsigned } from '../../../src/provenance/read-clearsigned.ts';
import { type HelmLogInput, judgeHelmLog } from '../../../src/sigstore/index.ts';
import { fixture } from '../../support/fixtures.ts';
import {
  ARCHIVE,
  createHelmRekor,
  type HelmRekor,
  helmBody,
  REKOR,
  RELEASE,
} from '../../support/helm-log.ts';

const HELD: TrustOutcome = {
  trust: 'release-team',
  state: 'held',
  identities: [RELEASE],
  reasons: [],
  holdsUntil: 7,
};
let box: HelmRekor;
let signature: Uint8Array;

beforeAll(async () => {
  box = await createHelmRekor();
  box.log(await helmBody());
  signature = readClearsigned(await fixture('demo/app-1.2.3.tgz.prov')).packets;
});

async function judge(more: Partial<HelmLogInput> & { require?: boolean } = {}) {
  const { require = true, ...rest } = more;
  return judgeHelmLog({
    outcome: HELD,
    log: { rekor: REKOR, root: box.root, require },
    found: { ok: true, value: await box.search() },
    signature,
    archiveDigest: ARCHIVE,
    ...rest,
  });
}

const codes = ({ outcome }: { outcome: TrustOutcome }) => outcome.reasons.map(({ code }) => code);

describe('what a log adds to a provenance that holds', () => {
  it('is the fact that it is logged', async () => {
    const result = await judge();
    expect(result.outcome).toMatchObject({ ...HELD, reasons: [{ code: 'sigstore.chart_logged' }] });
    expect(result.outcome.reasons[0]?.message).toBe(
      `the log ${REKOR} recorded it on 2026-11-23T18:00:00.000Z`,
    );
    expect(result.evidence).toHaveLength(1);
  });

  it('is a failure where it must be logged and is not', async () => {
    const result = await judge({ found: { ok: true, value: { entries: [] } } });
    expect(result.outcome).toEqual({
      trust: 'release-team',
      state: 'failed',
      identities: [],
      reasons: [expect.objectContaining({ code: 'sigstore.chart_not_logged', trust: 'release-team' })],
    });
  });

  it('is unknown where it must be logged and the log did not say all', async () => {
    const down = new ChartsealError('sigstore.log_unavailable', 'it is down', {
      retryable: true,
      retryAfter: 3,
    });
    expect((await judge({ found: { ok: false, error: down } })).outcome).toMatchObject({
      state: 'unknown',
      identities: [],
      retryable: true,
      retryAfter: 3,
    });
    const incomplete = new ChartsealError('evidence.limit', 'too many');
    const partly = await judge({ found: { ok: true, value: { entries: [], incomplete } } });
    expect(partly.outcome).toMatchObject({ state: 'unknown', retryable: false });
    expect(codes(partly)).toEqual(['evidence.limit']);
  });

  it('is a fact at most where it need not be logged', async () => {
    const missing = await judge({ require: false, found: { ok: true, value: { entries: [] } } });
    expect(missing.outcome.state).toBe('held');
    expect(codes(missing)).toEqual(['sigstore.chart_not_logged']);
    const down = new ChartsealError('sigstore.log_unavailable', 'it is down', { retryable: true });
    const unknown = await judge({ require: false, found: { ok: false, error: down } });
    expect(unknown.outcome.state).toBe('held');
    expect(codes(unknown)).toEqual(['sigstore.log_unavailable']);
  });

  it('is nothing where the provenance does not hold by itself', async () => {
    const outcome: TrustOutcome = { trust: 'release-team', state: 'failed', identities: [], reasons: [] };
    expect(await judge({ outcome })).toEqual({ outcome, evidence: [] });
    expect(await judge({ outcome, require: false })).toEqual({ outcome, evidence: [] });
  });

  it('is found among the entries of strangers, whose evidence is not shown', async () => {
    const { entries } = await box.search();
    const strangers = Array.from({ length: 9 }, () => ({ ...entries[0]!, body: Buffer.from('{}') }));
    const found = { ok: true as const, value: { entries: [...strangers, ...entries] } };
    expect(await judge({ found })).toMatchObject({
      outcome: { state: 'held' },
      evidence: [{ trustedAs: ['release-team'] }],
    });
    const without = await judge({ found: { ok: true, value: { entries: strangers } } });
    expect(without.outcome.state).toBe('failed');
    expect(without.evidence).toHaveLength(4);
  });
});
