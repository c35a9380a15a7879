import { describe, expect, test } from 'vitest';
import { loadHelmLog } from '../../src/config/load-helm-log.ts';
import { helmLogSchema } from '../../src/config/schema.ts';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { configText, parse, readFixture } from './support.ts';

const sigstore = createFakeSigstore();
const roots: Record<string, Uint8Array> = {
  'public-good': sigstore.trustedRoot(),
  'keys/own.json': sigstore.trustedRoot((root) => root.ctlogs.pop()),
  'keys/no-log.json': sigstore.trustedRoot((root) => {
    root.tlogs = [];
  }),
};
const asked: string[] = [];
const load = (text: object) =>
  loadHelmLog(helmLogSchema.parse(text), async (name) => {
    asked.push(name);
    const bytes = roots[name];
    if (bytes === undefined) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    return readTrustedRoot(bytes);
  });

describe('transparencyLog of a PGP trust entry', () => {
  test('has defaults for everything: the public-good log, which need not have the chart', async () => {
    const loaded = await load({});
    expect(loaded).toMatchObject({ log: { rekor: 'https://rekor.sigstore.dev', require: false } });
    expect(asked).toEqual(['public-good']);
  });

  test('takes a log of your own, and tells revisions of it apart', async () => {
    const own = await load({ rekor: 'https://rekor.example.com/', root: 'keys/own.json', require: true });
    expect(own).toMatchObject({ log: { rekor: 'https://rekor.example.com', require: true } });
    const facts = [own, await load({}), await load({ require: true })].map((one) =>
      'facts' in one ? JSON.stringify(one.facts) : '',
    );
    expect(new Set(facts).size).toBe(3);
  });

  test.each([
    ['plain http', { rekor: 'http://rekor.example.com' }, 'rekor', /plain http is for 127\.0\.0\.1/],
    ['a path', { rekor: 'https://rekor.example.com/api' }, 'rekor', /without a path/],
    ['credentials', { rekor: 'https://me:secret@rekor.example.com' }, 'rekor', /credentials/],
    ['no address', { rekor: 'rekor' }, 'rekor', /an https URL/],
    ['a root that is not there', { root: 'keys/none.json' }, 'root', /there is no such file/],
    ['a root without logs', { root: 'keys/no-log.json' }, 'root', /names no transparency log/],
  ])('refuses %s', async (_, text, field, message) => {
    const loaded = await load(text);
    expect(loaded).toEqual({ problems: [{ field, message: expect.stringMatching(message) }] });
    expect(JSON.stringify(loaded)).not.toContain('secret');
  });

  test('stands beside the keys, and changes the revision of the policies that name it', async () => {
    const read = async (transparencyLog?: object) => {
      const entry = { pgp: 'keys/release.asc', ...(transparencyLog && { transparencyLog }) };
      const { trust, policies } = await parse(configText({ trust: { 'release-team': entry } }), {
        readFile: async (path) => roots[path] ?? readFixture(path),
      });
      return { trust: trust.get('release-team'), revision: policies[0]?.revision };
    };
    const own = { rekor: 'https://rekor.example.com', root: 'keys/own.json', require: true };
    const [none, standard, required] = [await read(), await read({}), await read(own)];
    expect(none.trust).not.toHaveProperty('log');
    expect(standard.trust).toMatchObject({
      scheme: 'pgp',
      log: { rekor: 'https://rekor.sigstore.dev', require: false },
    });
    expect(required.trust).toMatchObject({ log: { rekor: own.rekor, require: true } });
    expect(new Set([none, standard, required].map(({ revision }) => revision)).size).toBe(3);
  });

  test('knows no other fields', () => {
    expect(helmLogSchema.safeParse({ url: 'https://rekor.example.com' }).success).toBe(false);
    expect(helmLogSchema.safeParse({ require: 'yes' }).success).toBe(false);
  });
});
