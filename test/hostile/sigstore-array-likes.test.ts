import { describe, expect, test, vi } from 'vitest';
import { DIGEST, keylessTrust, keyTrust, layerItem, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// `Buffer.from({ length: 4e9 }, 'base64')` makes four gigabytes, byte by byte, in minutes; and `String([text])` is a text
// of any length whose list has the length 1. Where a text must stand nothing else is handed to either.
const sigstore = createFakeSigstore();
const LENGTH = 1_000_003;

/** Runs with an eye on what `Buffer.from` is asked for. */
async function largest(work: () => Promise<unknown>): Promise<number> {
  const from = vi.spyOn(Buffer, 'from');
  try {
    await work();
    return Math.max(
      0,
      ...from.mock.calls.map(([of]) => {
        const what: unknown = of;
        return typeof what === 'object' && !ArrayBuffer.isView(what) && !(what instanceof ArrayBuffer)
          ? Number((what as { length?: unknown } | null)?.length ?? 0)
          : 0;
      }),
    );
  } finally {
    from.mockRestore();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
function textsOf(value: any, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => textsOf(value[key], [...path, key]));
}

const kinds = {
  'keyless, Rekor v1': () => sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', timestamp: true }),
  'keyless, a bundle of version 0.2': () =>
    sigstore.signKeyless({
      digest: DIGEST,
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    }),
  'a key': () => sigstore.signWithKey({ digest: DIGEST, message: Buffer.from('bytes') }),
};

describe.each(Object.entries(kinds))('a bundle: %s', (_, make) => {
  test('any text as an object with a length, or as a list, is refused before it is looked into', async () => {
    const trust = await keylessTrust(sigstore);
    const { json } = make();
    const paths = textsOf(json).filter(([first]) => first !== 'mediaType');
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) {
      for (const other of [
        { length: LENGTH },
        { length: String(LENGTH) },
        { type: 'Buffer', data: { length: LENGTH } },
        ['x'.repeat(20_000)],
        Array.from({ length: 3 }, () => 65),
      ]) {
        const changed = structuredClone(json);
        const parent = path.slice(0, -1).reduce((at, key) => at[key], changed);
        parent[path.at(-1)!] = other;
        const item = {
          format: 'bundle' as const,
          bytes: Buffer.from(JSON.stringify(changed)),
          annotations: {},
        };
        let answer = '';
        const size = await largest(async () => {
          answer = await verdict(item, trust);
        });
        expect([path.join('.'), answer]).toEqual([path.join('.'), 'malformed']);
        expect(size).toBeLessThan(1000);
      }
    }
  });
});

// The body of a log entry is JSON again, and read before the log was seen to hold it.
test.each(['v1', 'v2'] as const)('the same in the body of a log entry of Rekor %s', async (rekor) => {
  const trust = await keyTrust(sigstore);
  const bundle = sigstore.signWithKey({ digest: DIGEST, rekor });
  const [entry] = bundle.json.verificationMaterial.tlogEntries;
  const body = JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString());
  for (const path of textsOf(body.spec)) {
    const changed = structuredClone(body);
    const parent = path.slice(0, -1).reduce((at, key) => at[key], changed.spec);
    parent[path.at(-1)!] = { length: LENGTH };
    entry.canonicalizedBody = Buffer.from(JSON.stringify(changed)).toString('base64');
    expect(await largest(() => verdict(bundle, trust))).toBeLessThan(1000);
    expect(await verdict(bundle, trust)).toBe('log_invalid');
  }
});

test('the same in what cosign writes into annotations', async () => {
  const trust = await keyTrust(sigstore);
  const layer = sigstore.signLegacy({ digest: DIGEST });
  const name = 'dev.sigstore.cosign/bundle';
  const entry = JSON.parse(layer.annotations[name]!);
  const body = JSON.parse(Buffer.from(entry.Payload.body, 'base64').toString());
  body.spec.signature.publicKey.content = { length: LENGTH };
  for (const changed of [
    { ...entry, SignedEntryTimestamp: { length: LENGTH } },
    { ...entry, Payload: { ...entry.Payload, body: { length: LENGTH } } },
    { ...entry, Payload: { ...entry.Payload, logID: { length: LENGTH } } },
    { ...entry, Payload: { ...entry.Payload, body: Buffer.from(JSON.stringify(body)).toString('base64') } },
  ]) {
    const annotations = { ...layer.annotations, [name]: JSON.stringify(changed) };
    const item = layerItem('simple-signing', { ...layer, annotations });
    expect(await largest(() => verdict(item, trust))).toBeLessThan(1000);
    expect(await verdict(item, trust)).toMatch(/^(malformed|log_invalid)$/);
  }
});
