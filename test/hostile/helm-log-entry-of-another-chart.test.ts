import { describe, expect, it } from 'vitest';
import { ARCHIVE, changedBody, createHelmRekor, helmBody, verifyDemo } from '../support/helm-log.ts';

/**
 * A log whose index names, for this chart, an entry that it really holds: of another chart by the same signer. The
 * helm-sigstore plugin takes the last entry that the index names.
 */
describe('an entry of another chart under the digest of this one', () => {
  it('shows nothing for this chart', async () => {
    const box = await createHelmRekor();
    box.log(await changedBody((body) => (body.spec.chart.hash.value = '00'.repeat(32))));
    const [entry] = (await box.search()).entries;
    const result = await verifyDemo(entry!, box.root);
    expect(result.logged).toBe(false);
    expect(result.evidence.checks).toContainEqual(
      expect.objectContaining({ name: 'log.digest', outcome: 'fail', code: 'sigstore.log_mismatch' }),
    );
  });

  it('shows nothing either when the digest fits and the signature is that of another provenance', async () => {
    const box = await createHelmRekor();
    const other = JSON.parse((await helmBody('helm-3.21.3-app-1.2.3')).toString('utf8'));
    box.log(await changedBody((body) => (body.spec.chart.provenance = other.spec.chart.provenance)));
    const [entry] = (await box.search()).entries;
    const result = await verifyDemo(entry!, box.root);
    expect(result.logged).toBe(false);
    expect(result.evidence.checks).toContainEqual(
      expect.objectContaining({ name: 'log.signature', outcome: 'fail' }),
    );
  });

  it('does not hide that of this chart', async () => {
    const box = await createHelmRekor();
    box.log(await changedBody((body) => (body.spec.chart.hash.value = '00'.repeat(32))));
    box.log(await helmBody());
    const { entries } = await box.search();
    const results = await Promise.all(entries.map((entry) => verifyDemo(entry, box.root)));
    expect(results.map(({ logged }) => logged)).toEqual([false, true]);
    expect(box.index.get(ARCHIVE)).toHaveLength(2);
  });
});
