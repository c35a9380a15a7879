import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, verify } from '../sigstore/support.ts';
import { createFakeKey, createFakeSigstore, FAKE_IDENTITY } from '../support/sigstore/index.ts';

// Names in a certificate are held against globs before anybody knows who issued it: sixty thousand characters of one, a
// hundred certificates to a chart and a few globs are ten seconds.
const sigstore = createFakeSigstore();
const LONG = 'a'.repeat(30_000);

async function reasons(certificate: object): Promise<string[]> {
  const bundle = sigstore.signKeyless({ digest: DIGEST, ephemeralKey: createFakeKey(), certificate });
  const trust = await keylessTrust(sigstore, {
    subjects: ['https://github.com/*/charts/.github/workflows/*.yml@refs/tags/*'],
    extensions: { workflowRef: 'refs/tags/*', sourceRepository: 'https://**' },
  });
  const { outcomes } = await verify(bundle, trust);
  expect(outcomes[0]?.state).toBe('failed');
  return outcomes[0]?.reasons.map(({ message }) => message) ?? [];
}

test.each([
  ['subject', { identity: `https://github.com/${LONG}` }, 'its identity is too long'],
  ['issuer', { issuer: `https://${LONG}` }, 'its issuer'],
  ['extension of the old kind', { extensions: { 6: LONG } }, 'its workflowRef is too long'],
  ['extension', { extensions: { 12: `https://${LONG}` } }, 'its sourceRepository is too long'],
])('a long %s is not compared', async (_, certificate, words) => {
  expect((await reasons(certificate)).join()).toContain(words);
});

test('names of the length that there are, are', async () => {
  const identity = FAKE_IDENTITY.replace('release.yml', `${'a'.repeat(1000)}.yml`);
  const bundle = sigstore.signKeyless({ digest: DIGEST, identity, extensions: { 6: 'b'.repeat(1000) } });
  const trust = await keylessTrust(sigstore, {
    subjects: ['https://github.com/**'],
    extensions: { workflowRef: '*' },
  });
  expect((await verify(bundle, trust)).outcomes[0]?.state).toBe('held');
});
