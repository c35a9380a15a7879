import { describe, expect, it } from 'vitest';
import { ARCHIVE, createHelmRekor, helmBody } from '../support/helm-log.ts';

/** Whoever wants to hide an entry logs thousands of others for the same digest. */
describe('an index that names thousands of entries', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => i.toString(16).padStart(64, '0'));

  it('costs no more requests than the limit, and is not taken for all there is', async () => {
    const box = await createHelmRekor();
    const id = box.log(await helmBody());
    box.index.set(ARCHIVE, [...ids(250), id, ...ids(500).slice(250)]);
    const { entries, incomplete } = await box.search();
    expect(entries).toEqual([]);
    expect(incomplete).toMatchObject({ code: 'evidence.limit', retryable: false });
    expect(box.asked).toHaveLength(1 + 8);
  });

  it('hides no entry that was logged before the others, nor the newest', async () => {
    const box = await createHelmRekor();
    const id = box.log(await helmBody());
    for (const flood of [
      [...ids(500), id],
      [id, ...ids(500)],
    ]) {
      box.index.set(ARCHIVE, flood);
      const { entries, incomplete } = await box.search();
      expect(entries.map(({ uuid }) => uuid)).toEqual([id.slice(-64)]);
      expect(incomplete?.code).toBe('evidence.limit');
    }
  });

  it('is not read to its end when it is longer than the limit', async () => {
    const box = await createHelmRekor();
    box.index.set(ARCHIVE, ids(5000));
    await expect(box.search()).rejects.toMatchObject({ code: 'sigstore.log_protocol' });
    expect(box.asked).toHaveLength(1);
  });
});
