import { describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { changedBody, createHelmRekor, RELEASE, verifyDemo } from '../support/helm-log.ts';

/** Anyone may log a provenance of any chart, signed with a key of their own. */
describe('an entry by another key', () => {
  const keyOf = async (path: string) => Buffer.from(await fixture(path)).toString('base64');

  it('shows nothing for the signer, even with the signature copied into it', async () => {
    const box = await createHelmRekor();
    const stranger = await keyOf('keys/stranger.asc');
    box.log(await changedBody((body) => (body.spec.publicKey.content = stranger)));
    const [entry] = (await box.search()).entries;
    const result = await verifyDemo(entry!, box.root);
    expect(result.logged).toBe(false);
    expect(result.evidence.checks.filter(({ outcome }) => outcome === 'fail')).toEqual([
      expect.objectContaining({ name: 'log.key', code: 'sigstore.log_mismatch' }),
    ]);
    expect(result.evidence.signer?.fingerprint).not.toBe(RELEASE);
  });

  it.each([
    ['no key', ''],
    [
      'a private key',
      Buffer.from('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----'),
    ],
    [
      'packets cut short',
      Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmf8A\n-----END PGP PUBLIC KEY BLOCK-----'),
    ],
    ['an armor that never ends', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ')],
  ])('that is %s is no entry', async (_, key) => {
    const box = await createHelmRekor();
    const content = Buffer.from(key).toString('base64');
    box.log(await changedBody((body) => (body.spec.publicKey.content = content)));
    const [entry] = (await box.search()).entries;
    expect((await verifyDemo(entry!, box.root)).logged).toBe(false);
  });
});
