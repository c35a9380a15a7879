import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readKeyring } from '../../src/provenance/index.ts';
import { clearsign, keyringOf, makeKey, sha256, signedTextFor, trust, verify } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';

// No change to any byte may earn a verdict that the original did not earn: what still holds must say the same.
async function flipAll(
  provenance: Uint8Array,
  judge: (bytes: Uint8Array) => ReturnType<typeof verify>,
): Promise<{ tried: number; same: number }> {
  const original = await judge(provenance);
  expect(original.outcomes[0]?.state).toBe('held');
  let same = 0;
  for (let at = 0; at < provenance.length; at++) {
    const changed = provenance.slice();
    changed[at] = changed[at]! ^ (1 << (at % 8));
    const result = await judge(changed);
    if (result.outcomes[0]?.state !== 'held') continue;
    same++;
    expect(result.signedText).toBe(original.signedText);
    expect(result.outcomes).toEqual(original.outcomes);
  }
  return { tried: provenance.length, same };
}

test('each byte of a provenance flipped', async () => {
  const team = await makeKey();
  const trusts = [trust('team', await keyringOf(team))];
  const provenance = new TextEncoder().encode(await clearsign(signedTextFor(), team));
  const { tried, same } = await flipAll(provenance, (bytes) => verify(bytes, trusts));
  console.log(`${tried} flips, ${same} of them in bytes that do not count (checksum, blanks)`);
  expect(same).toBeLessThan(tried / 20);
});

test.skipIf(!vectorsDir)("each byte of Helm's own provenance flipped", async () => {
  const read = (name: string) => new Uint8Array(readFileSync(`${vectorsDir}/provenance/${name}`));
  const trusts = [trust('helm', await readKeyring(read('helm-test-key.pub')))];
  const archiveDigest = sha256(read('hashtest-1.2.3.tgz'));
  for (const name of ['helm3.21.3-signed.prov', 'helm4.2.4-signed.prov']) {
    const { tried, same } = await flipAll(read(name), (bytes) =>
      verify(bytes, trusts, { archiveDigest, asked: { fileNames: ['hashtest-1.2.3.tgz'] } }),
    );
    console.log(`${name}: ${tried} flips, ${same} of them in bytes that do not count`);
    expect(same).toBeLessThan(tried / 20);
  }
});
