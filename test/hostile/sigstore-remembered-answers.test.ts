import { expect, test } from 'vitest';
import type { SignatureItem, SigstoreTrust } from '../../src/sigstore/index.ts';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, keyTrust, OTHER_DIGEST, verify } from '../sigstore/support.ts';
import { createFakeSigstore, FAKE_IDENTITY, FAKE_ISSUER } from '../support/sigstore/index.ts';

// What was read and verified of a signature is remembered. Whatever was asked before, in whatever order, by whom and of
// which digest, with which roots and what blocked: the answer is that to a signature nobody has seen before.
const sigstore = createFakeSigstore();
const foreign = createFakeSigstore();
const branch = FAKE_IDENTITY.replace('refs/tags/v1.2.3', 'refs/heads/main');

const items: SignatureItem[] = [
  ...[
    sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', timestamp: true }),
    sigstore.signKeyless({ digest: DIGEST, identity: branch }),
    sigstore.signKeyless({ digest: OTHER_DIGEST }),
    sigstore.signKeyless({ digest: DIGEST, sct: false, annotations: { env: 'prod' } }),
    sigstore.signWithKey({ digest: DIGEST, rekor: 'none' }),
    sigstore.signWithKey({ digest: OTHER_DIGEST, rekor: 'v1' }),
    foreign.signKeyless({ digest: DIGEST }),
    foreign.signWithKey({ digest: DIGEST, key: sigstore.key }),
  ].map((bundle): SignatureItem => ({ format: 'bundle', bytes: bundle.bytes(), annotations: {} })),
  { format: 'simple-signing', ...sigstore.signLegacy({ digest: DIGEST, keyless: true }) },
  { format: 'dsse', ...sigstore.attestLegacy({ digest: DIGEST, predicateType: 'https://example.com/scan' }) },
];

async function allTrusts(): Promise<SigstoreTrust[]> {
  const root = await readTrustedRoot(sigstore.trustedRoot());
  const noLogs = await readTrustedRoot(sigstore.trustedRoot((json) => Object.assign(json, { ctlogs: [] })));
  const other = await readTrustedRoot(foreign.trustedRoot());
  const optional = { transparencyLog: 'optional', certificateTransparency: 'optional' } as const;
  return [
    await keylessTrust(sigstore, { root }),
    await keylessTrust(sigstore, { root: other }),
    await keylessTrust(sigstore, { root: noLogs }),
    await keylessTrust(sigstore, { root: noLogs, ...optional }),
    await keylessTrust(sigstore, { root, ...optional }),
    await keylessTrust(sigstore, { root, subjects: ['https://github.com/**'] }),
    await keylessTrust(sigstore, { root, annotations: { env: 'prod' }, ...optional }),
    await keylessTrust(sigstore, { root, predicateTypes: ['https://example.com/scan'] }),
    await keyTrust(sigstore, { root }),
    await keyTrust(sigstore, { root: other }),
    await keyTrust(sigstore, { root: undefined, transparencyLog: 'optional' }),
    await keyTrust(foreign, { root, predicateTypes: ['https://example.com/scan'] }),
  ];
}

test('the order and the company of questions change no answer', async () => {
  let state = 31337;
  const below = (end: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
  const trusts = await allTrusts();
  const blocks = [
    {},
    { blockedSigners: [sigstore.key.fingerprint] },
    { blockedIdentities: [{ issuer: FAKE_ISSUER, subject: FAKE_IDENTITY }] },
  ];
  let held = 0;
  for (let round = 0; round < 300; round++) {
    const item = items[below(items.length)]!;
    const some = trusts.filter(() => below(3) === 0);
    const options = { digest: below(3) === 0 ? OTHER_DIGEST : DIGEST, ...blocks[below(blocks.length)] };
    const seen = await verify(item, some, options);
    const fresh: SignatureItem = { ...item, bytes: Uint8Array.from(item.bytes) };
    expect(seen).toEqual(await verify(fresh, some, options));
    // Who else asks does not matter either.
    for (const [i, trust] of some.entries()) {
      const [alone] = (await verify({ ...item }, [trust], options)).outcomes;
      expect(seen.outcomes[i]).toEqual(alone);
      if (alone?.state === 'held') held++;
    }
  }
  expect(held).toBeGreaterThan(25);
});

test('bytes that change after they were seen are seen anew', async () => {
  const trust = await keylessTrust(sigstore);
  const [original] = items as [SignatureItem];
  const item = { ...original, bytes: Uint8Array.from(original.bytes) };
  expect((await verify(item, trust)).outcomes[0]?.state).toBe('held');
  const at = Buffer.from(item.bytes).indexOf('"payload":"') + 40;
  item.bytes[at] = item.bytes[at]! ^ 1;
  expect((await verify(item, trust)).outcomes[0]?.state).toBe('failed');
});
