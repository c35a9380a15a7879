import { describe, expect, test } from 'vitest';
import { policyFromKeyrings } from '../../src/config/index.ts';
import { findPolicy } from '../../src/policy/index.ts';
import { readFixture } from './support.ts';

describe('policyFromKeyrings', () => {
  test('requires a signature by a key of any of the files, everywhere', async () => {
    const config = await policyFromKeyrings({
      files: [
        { name: 'release.asc', bytes: await readFixture('keys/release.asc') },
        { name: '../keys/stranger.gpg', bytes: await readFixture('keys/stranger.gpg') },
      ],
    });
    const policy = findPolicy(config.policies, 'any.example/app');
    expect(policy).toMatchObject({
      name: 'keyring',
      require: { anyOf: [{ name: 'keyring:release.asc' }, { name: 'keyring:../keys/stranger.gpg' }] },
      mode: 'enforce',
      depth: 'signature',
    });
    expect([...config.trust.keys()]).toEqual(['keyring:release.asc', 'keyring:../keys/stranger.gpg']);
    expect(config.registries).toEqual([]);
  });

  test('a file given twice counts once', async () => {
    const file = { name: 'a', bytes: await readFixture('keys/release.asc') };
    expect((await policyFromKeyrings({ files: [file, file] })).trust.size).toBe(1);
  });

  test('a file that is no keyring is named', async () => {
    const files = [{ name: 'README.md', bytes: new TextEncoder().encode('hello') }];
    await expect(policyFromKeyrings({ files })).rejects.toMatchObject({
      code: 'keyring.invalid',
      message: expect.stringContaining('README.md'),
    });
    await expect(policyFromKeyrings({ files: [] })).rejects.toMatchObject({ code: 'keyring.invalid' });
  });
});
