import { expect, test } from 'vitest';
import type { SignatureItem, SigstoreTrust } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, keyTrust, OTHER_DIGEST, verdict } from '../sigstore/support.ts';
import { createFakeKey, createFakeSigstore, FAKE_IDENTITY } from '../support/sigstore/index.ts';

// What a stranger has: good signatures of other charts by the one who is trusted, and good signatures of this chart by
// people who are not (a workflow of the same repository on a branch, a key of their own). Every part of each is good by
// itself. However they are put together, nothing holds; only all parts of one whole do.
const sigstore = createFakeSigstore();
const stranger = createFakeKey();
const branch = FAKE_IDENTITY.replace('refs/tags/v1.2.3', 'refs/heads/v1.2.3');
const v02 = { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' };

const parts = ['payload', 'signature', 'signer', 'entry', 'stamp'] as const;
type Parts = Record<(typeof parts)[number], unknown>;

/** All ways to take each part of one of these. */
function* mixed(wholes: Parts[]): Generator<{ from: number[]; mix: Parts }> {
  for (let code = 0; code < wholes.length ** parts.length; code++) {
    const from = parts.map((_, i) => Math.floor(code / wholes.length ** i) % wholes.length);
    yield { from, mix: Object.fromEntries(parts.map((part, i) => [part, wholes[from[i]!]![part]])) as Parts };
  }
}

async function holding(wholes: Parts[], write: (mix: Parts) => SignatureItem, trust: SigstoreTrust) {
  const held: string[] = [];
  for (const { from, mix } of mixed(wholes)) {
    if ((await verdict(write(mix), trust)) === 'held') held.push(from.join(''));
  }
  return held;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
function partsOf({ json }: { json: any }): Parts {
  const { tlogEntries, timestampVerificationData, ...signer } = json.verificationMaterial;
  return {
    payload: json.dsseEnvelope.payload,
    signature: json.dsseEnvelope.signatures,
    signer,
    entry: tlogEntries,
    stamp: timestampVerificationData,
  };
}

function bundleOf({ payload, signature, signer, entry, stamp }: Parts): SignatureItem {
  const json = {
    ...v02,
    verificationMaterial: {
      ...(signer as object),
      tlogEntries: entry,
      timestampVerificationData: stamp,
    },
    dsseEnvelope: { payloadType: 'application/vnd.in-toto+json', payload, signatures: signature },
  };
  return { format: 'bundle', bytes: Buffer.from(JSON.stringify(json)), annotations: {} };
}

test.each(['v1', 'v2'] as const)('bundles, Rekor %s, the workflow is trusted', async (rekor) => {
  const options = { ...v02, rekor, timestamp: true };
  const wholes = [
    sigstore.signKeyless({ ...options, digest: OTHER_DIGEST }),
    sigstore.signKeyless({ ...options, digest: DIGEST, identity: branch, predicate: { by: 'stranger' } }),
    sigstore.signKeyless({ ...options, digest: DIGEST, predicateType: 'https://example.com/scan/v1' }),
  ].map(partsOf);
  const trust = await keylessTrust(sigstore);
  expect(await holding(wholes, bundleOf, trust)).toEqual([]);
  const good = partsOf(sigstore.signKeyless({ ...options, digest: DIGEST }));
  expect(await holding([good, ...wholes.slice(0, 2)], bundleOf, trust)).toEqual(['00000']);
});

test('bundles, a key is trusted', async () => {
  const options = { ...v02, rekor: 'v1' as const, timestamp: true };
  const wholes = [
    sigstore.signWithKey({ ...options, digest: OTHER_DIGEST }),
    sigstore.signWithKey({ ...options, digest: DIGEST, key: stranger, predicate: { by: 'stranger' } }),
    sigstore.signKeyless({ ...options, digest: DIGEST, predicate: { by: 'the workflow' } }),
  ].map(partsOf);
  for (const transparencyLog of ['required', 'optional'] as const) {
    const trust = await keyTrust(sigstore, { transparencyLog });
    expect(await holding(wholes, bundleOf, trust)).toEqual([]);
  }
  const good = partsOf(sigstore.signWithKey({ ...options, digest: DIGEST }));
  // Which key a bundle says that it is by is a hint that proves nothing, so a stranger's hint does no harm.
  const held = await holding([good, ...wholes.slice(0, 2)], bundleOf, await keyTrust(sigstore));
  expect(held.sort()).toEqual(['00000', '00100', '00200']);
});

test('layers of .sig, the workflow is trusted', async () => {
  const options = { timestamp: true, keyless: true } as const;
  const layers = [
    sigstore.signLegacy({ ...options, digest: OTHER_DIGEST }),
    sigstore.signLegacy({ ...options, digest: DIGEST, identity: branch, annotations: { by: 'branch' } }),
    sigstore.signLegacy({ digest: DIGEST, timestamp: true, key: stranger, annotations: { by: 'key' } }),
  ];
  const names = {
    signature: 'dev.cosignproject.cosign/signature',
    signer: 'dev.sigstore.cosign/certificate',
    entry: 'dev.sigstore.cosign/bundle',
    stamp: 'dev.sigstore.cosign/rfc3161timestamp',
  };
  const read = ({ bytes, annotations }: (typeof layers)[number]): Parts => ({
    payload: bytes,
    signature: annotations[names.signature],
    signer: annotations[names.signer],
    entry: annotations[names.entry],
    stamp: annotations[names.stamp],
  });
  const write = ({ payload, ...mix }: Parts): SignatureItem => ({
    format: 'simple-signing',
    bytes: payload as Uint8Array,
    annotations: Object.fromEntries(
      Object.entries(names).flatMap(([part, name]) => {
        const value = mix[part as keyof typeof mix] as string | undefined;
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  });
  const trust = await keylessTrust(sigstore);
  expect(await holding(layers.map(read), write, trust)).toEqual([]);
  const good = read(sigstore.signLegacy({ ...options, digest: DIGEST }));
  expect(await holding([good, ...layers.slice(0, 2).map(read)], write, trust)).toEqual(['00000']);
});

// The same bytes in another format are another claim: what an attestation signs is no payload of `.sig`, and none of
// both is a bundle.
test('a signature in one format is none in another', async () => {
  const trust = await keyTrust(sigstore);
  const sig = sigstore.signLegacy({ digest: DIGEST });
  const att = sigstore.attestLegacy({ digest: DIGEST });
  const bundle = sigstore.signWithKey({ digest: DIGEST });
  const items = [
    { format: 'simple-signing' as const, ...sig },
    { format: 'dsse' as const, ...att },
    { format: 'bundle' as const, bytes: bundle.bytes(), annotations: {} },
  ];
  for (const item of items) {
    for (const { format } of items) {
      for (const { annotations } of items) {
        const state = await verdict({ format, bytes: item.bytes, annotations }, trust);
        const isWhole = format === item.format && (format === 'bundle' || annotations === item.annotations);
        expect([format, state === 'held'], state).toEqual([format, isWhole]);
      }
    }
  }
});
