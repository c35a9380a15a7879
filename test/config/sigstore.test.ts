import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ParseConfigOptions, TrustRefresh } from '../../src/config/index.ts';
import {
  readTrustRefresh,
  SHIPPED_PUBLIC_GOOD,
  SHIPPED_TUF_ROOT,
  shippedPath,
} from '../../src/config/index.ts';
import { PUBLIC_GOOD, publicGoodWith } from '../support/trusted-roots.ts';
import { createTufRepository, text } from '../support/tuf-repository.ts';
import { configText, parse, problemsOf, readFixture } from './support.ts';

const DIGEST = 'sha256:6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66';
const OWN = createTufRepository().root;

const asked: string[] = [];
const files: Partial<ParseConfigOptions> = {
  async readFile(path) {
    asked.push(path);
    if (path === 'keys/own-tuf.json') return OWN;
    if (path === 'keys/own-trusted.json') return publicGoodWith(1);
    if (path === 'keys/nonsense.json') return text('{}');
    return readFixture(path);
  },
};
const refresh = (fields: object): string => configText({ sigstore: { refresh: fields } });

describe('sigstore.refresh', () => {
  test('is off unless it is written, and then nothing of it is read', async () => {
    asked.length = 0;
    expect((await parse(configText(), files)).trustRefresh).toBeUndefined();
    expect((await parse(configText({ sigstore: {} }), files)).trustRefresh).toBeUndefined();
    expect(asked.filter((path) => shippedPath(path) !== undefined)).toEqual([]);
  });

  test('has defaults for everything: the public-good instance', async () => {
    const { trustRefresh } = await parse(refresh({}), files);
    expect(trustRefresh).toEqual({
      mirror: 'https://tuf-repo-cdn.sigstore.dev',
      root: new Uint8Array(readFileSync(new URL('../../keys/sigstore/tuf-root.json', import.meta.url))),
      trustedRoot: SHIPPED_PUBLIC_GOOD,
      everyMs: 24 * 60 * 60_000,
      folder: 'data/sigstore',
      inUse: DIGEST,
    });
  });

  test('takes another instance, with what holds until its first refresh', async () => {
    const { trustRefresh } = await parse(
      refresh({
        mirror: 'https://tuf.example.com/sigstore/',
        root: 'keys/own-tuf.json',
        trustedRoot: 'keys/own-trusted.json',
        every: 6,
        folder: 'state',
      }),
      files,
    );
    expect(trustRefresh).toMatchObject({
      mirror: 'https://tuf.example.com/sigstore',
      root: OWN,
      everyMs: 6 * 60 * 60_000,
      folder: 'state',
    });
    expect(trustRefresh?.inUse).not.toBe(DIGEST);
  });

  test('uses the last good root that is kept', async () => {
    const seen: TrustRefresh[] = [];
    const readRefreshed = async (settings: TrustRefresh) => {
      seen.push(settings);
      return publicGoodWith(2);
    };
    const kept = await parse(refresh({}), { ...files, readRefreshed });
    expect(kept.trustRefresh?.inUse).not.toBe(DIGEST);
    expect(seen).toHaveLength(1);
    const none = await parse(refresh({}), { ...files, readRefreshed: async () => undefined });
    expect(none.trustRefresh?.inUse).toBe(DIGEST);
  });

  test.each([
    ['unknown field', { mirrors: 'x' }, 'sigstore.refresh.mirrors: unknown field; did you mean "mirror"?'],
    [
      'plain http',
      { mirror: 'http://tuf.example.com' },
      'sigstore.refresh.mirror: found "http://tuf.example.com"; plain http is for 127.0.0.1',
    ],
    [
      'credentials',
      { mirror: 'https://a:b@tuf.example.com' },
      'sigstore.refresh.mirror: found a URL with credentials',
    ],
    [
      'no URL',
      { mirror: 'tuf.example.com' },
      'sigstore.refresh.mirror: found "tuf.example.com"; allowed: an https URL',
    ],
    ['never', { every: 0 }, 'sigstore.refresh.every: found 0; allowed: a whole number from 1 to 168'],
    ['a word', { every: 'daily' }, 'sigstore.refresh.every: found "daily"; allowed: a whole number'],
    [
      'its own root alone',
      { root: 'keys/own-tuf.json' },
      'sigstore.refresh.root: found a TUF root without trustedRoot beside it',
    ],
    [
      'no such file',
      { root: 'keys/none.json', trustedRoot: 'keys/own-trusted.json' },
      'sigstore.refresh.root: cannot read the file "keys/none.json": there is no such file',
    ],
    [
      'no TUF root',
      { root: 'keys/nonsense.json', trustedRoot: 'keys/own-trusted.json' },
      'sigstore.refresh.root: cannot use the file "keys/nonsense.json": TUF root metadata: signed is not defined',
    ],
    [
      'no such trusted root',
      { trustedRoot: 'keys/none.json' },
      'sigstore.refresh: cannot read the trusted root that is in use: there is no such file',
    ],
  ])('%s', async (_name, fields, problem) => {
    expect((await problemsOf(refresh(fields), files)).join('\n')).toContain(problem);
  });

  test('a store that cannot be read is a problem: an older root must not take the place of a newer one', async () => {
    const readRefreshed = () => Promise.reject(new Error('KV is down'));
    expect((await problemsOf(refresh({}), { ...files, readRefreshed })).join('\n')).toContain(
      'sigstore.refresh: cannot read the trusted root that is in use: KV is down',
    );
  });

  test('at the edge has neither folder nor interval', async () => {
    const problems = await problemsOf(refresh({ every: 24, folder: 'x' }), { ...files, runtime: 'edge' });
    expect(problems).toEqual([
      expect.stringContaining('sigstore.refresh.every: at the edge the cron trigger') as string,
      expect.stringContaining(
        'sigstore.refresh.folder: at the edge it is kept in the KV namespace',
      ) as string,
    ]);
    expect((await parse(refresh({}), { ...files, runtime: 'edge' })).trustRefresh?.inUse).toBe(DIGEST);
  });

  test('plain http is for this machine itself', async () => {
    const { trustRefresh } = await parse(refresh({ mirror: 'http://127.0.0.1:8080/tuf' }), files);
    expect(trustRefresh?.mirror).toBe('http://127.0.0.1:8080/tuf');
  });
});

describe('readTrustRefresh', () => {
  const read = (config: string) =>
    readTrustRefresh({ text: config, path: 'chartseal.yaml', readFile: files.readFile!, runtime: 'edge' });

  test('reads the one part, whatever the rest needs', async () => {
    const settings = await read(refresh({ mirror: 'https://tuf.example.com' }));
    expect(settings).toMatchObject({ mirror: 'https://tuf.example.com', trustedRoot: SHIPPED_PUBLIC_GOOD });
    expect(await read(configText())).toBeUndefined();
    expect(await read('policies: nonsense')).toBeUndefined();
  });

  test('refuses what is wrong with it', async () => {
    await expect(read(refresh({ mirrors: 'x' }))).rejects.toThrow(
      /sigstore\.refresh\.mirrors: unknown field/,
    );
    await expect(read('sigstore: nonsense')).rejects.toThrow(/sigstore: found "nonsense"/);
    await expect(read('a: [')).rejects.toThrow();
  });
});

test('names of files that come with chartseal lead nowhere else', () => {
  expect(shippedPath(SHIPPED_TUF_ROOT)).toBe('sigstore/tuf-root.json');
  for (const name of [
    'keys/release.asc',
    'chartseal:',
    'chartseal:../x.json',
    'chartseal:sigstore/../x.json',
    'chartseal:sigstore/x/y.json',
  ]) {
    expect(shippedPath(name)).toBeUndefined();
  }
});

test('the public-good root that comes with chartseal is the one keys/README.md tells of', () => {
  const readme = readFileSync(new URL('../../keys/README.md', import.meta.url), 'utf8');
  expect(readme).toContain(DIGEST.slice('sha256:'.length));
  expect(PUBLIC_GOOD.byteLength).toBe(6787);
});
