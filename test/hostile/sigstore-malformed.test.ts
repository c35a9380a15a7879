import { expect, test } from 'vitest';
import type { SignatureItem } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, keyTrust, verdict, verify } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// Whatever is attached to a chart, the answer is a verdict: never an exception, never an approval.
const sigstore = createFakeSigstore();
const formats = ['bundle', 'simple-signing', 'dsse'] as const;

const texts = [
  '',
  ' ',
  '{',
  'null',
  'true',
  '7',
  '"text"',
  '[]',
  '{}',
  '[{}]',
  '\u0000',
  '{"mediaType":null}',
  '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}',
  '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.4+json"}',
  '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":null,"dsseEnvelope":null}',
  '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":[],"messageSignature":{}}',
  '{"__proto__":{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}}',
  '['.repeat(100_000),
  `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
];

test.each(formats)('%s: text that is none is refused', async (format) => {
  const trusts = [await keylessTrust(sigstore), await keyTrust(sigstore, { transparencyLog: 'optional' })];
  const annotations = [{}, { 'dev.cosignproject.cosign/signature': 'AAAA' }];
  for (const text of texts) {
    for (const each of annotations) {
      const item: SignatureItem = { format, bytes: Buffer.from(text), annotations: each };
      const { outcomes, evidence } = await verify(item, trusts);
      expect(outcomes.map(({ state }) => state)).toEqual(['failed', 'failed']);
      expect(outcomes.every(({ reasons }) => reasons.length > 0)).toBe(true);
      expect(evidence.trustedAs).toEqual([]);
    }
  }
  const notUtf8: SignatureItem = { format, bytes: Buffer.from([0xff, 0xfe]), annotations: annotations[1]! };
  expect((await verify(notUtf8, trusts)).evidence.trustedAs).toEqual([]);
});

// Every value of a good bundle replaced by values of other kinds, and left out.
test('a bundle with a wrong value anywhere is refused without an exception', async () => {
  const trust = await keylessTrust(sigstore);
  const { json } = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', timestamp: true });
  let asked = 0;
  const spared = new Set<string>();
  for (const path of pathsOf(json)) {
    for (const value of [
      undefined,
      null,
      0,
      -1,
      '',
      'AAAA',
      '\u0000',
      [],
      {},
      [null],
      { $case: 'x' },
      true,
    ]) {
      const changed = structuredClone(json);
      const parent = path.slice(0, -1).reduce((at, key) => at[key], changed);
      const key = path.at(-1)!;
      if (JSON.stringify(parent[key]) === JSON.stringify(value)) continue;
      parent[key] = value;
      const bytes = Buffer.from(JSON.stringify(changed));
      asked++;
      if ((await verdict({ format: 'bundle', bytes, annotations: {} }, trust)) === 'held')
        spared.add(String(key));
    }
  }
  // The root and size of the tree are those of the checkpoint. Of promise and timestamp each tells the time where the
  // other is gone; a proof must be there.
  expect([...spared].sort()).toEqual([
    'inclusionPromise',
    'rfc3161Timestamps',
    'rootHash',
    'timestampVerificationData',
    'treeSize',
  ]);
  expect(asked).toBeGreaterThan(400);
});

test('a layer with a wrong annotation is refused without an exception', async () => {
  const trust = await keylessTrust(sigstore);
  const layer = sigstore.signLegacy({ digest: DIGEST, keyless: true, timestamp: true });
  const values = [
    'x',
    '{}',
    '[]',
    'null',
    '{"Payload":{}}',
    '{"SignedEntryTimestamp":"AAAA"}',
    '=',
    'AAAA',
    '\u0000',
  ];
  for (const name of Object.keys(layer.annotations)) {
    if (name === 'dev.sigstore.cosign/chain') continue; // not looked at
    for (const value of values) {
      const annotations = { ...layer.annotations, [name]: value };
      const item: SignatureItem = { format: 'simple-signing', bytes: layer.bytes, annotations };
      expect(await verdict(item, trust)).not.toBe('held');
    }
  }
});

// biome-ignore lint/suspicious/noExplicitAny: JSON
function pathsOf(value: any, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.keys(value).flatMap((key) => pathsOf(value[key], [...path, key]));
  return path.length === 0 ? inside : [path, ...inside];
}
