import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { vectorsDir } from '../support/vectors.ts';

const sigstore = createFakeSigstore();

// biome-ignore lint/suspicious/noExplicitAny: JSON
const refused = (change: (root: any) => void) =>
  readTrustedRoot(sigstore.trustedRoot(change)).then(
    () => 'taken',
    ({ code, message }) => `${code}: ${message}`,
  );

describe('readTrustedRoot', () => {
  it('reads logs and authorities, and names the file by its digest', async () => {
    const bytes = sigstore.trustedRoot();
    const { digest, material } = await readTrustedRoot(bytes);
    expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    expect(material.tlogs.map(({ baseURL }) => baseURL)).toEqual([
      'https://rekor1.fake.example',
      'https://rekor2.fake.example',
    ]);
    expect(material.certificateAuthorities[0]!.certChain).toHaveLength(2);
    expect(material.timestampAuthorities[0]!.certChain).toHaveLength(2);
    expect(material.ctlogs).toHaveLength(1);
  });

  it.skipIf(vectorsDir === undefined)('reads the root of the public instance', async () => {
    const bytes = await readFile(join(vectorsDir!, 'sigstore/trusted_root.public-good.json'));
    const { material } = await readTrustedRoot(bytes);
    expect(material.tlogs.map(({ baseURL }) => baseURL)).toContain('https://rekor.sigstore.dev');
  });

  it('reads a root of version 0.2, and one that names authorities alone', async () => {
    expect(
      await refused((root) => {
        root.mediaType = 'application/vnd.dev.sigstore.trustedroot.v0.2+json';
        root.tlogs[1].checkpointKeyId = root.tlogs[1].logId;
      }),
    ).toBe('taken');
    expect(await refused((root) => Object.assign(root, { tlogs: [], ctlogs: [] }))).toBe('taken');
    expect(await refused((root) => delete root.certificateAuthorities[0].validFor)).toBe('taken');
  });

  it('refuses a log that does not say since when it is valid', async () => {
    const wanted = /^sigstore.root_invalid: .*(tlogs|ctlogs)\[0\] does not say since when/;
    expect(await refused((root) => delete root.tlogs[0].publicKey.validFor)).toMatch(wanted);
    expect(await refused((root) => delete root.tlogs[0].publicKey.validFor.start)).toMatch(wanted);
    expect(await refused((root) => delete root.ctlogs[0].publicKey.validFor.start)).toMatch(wanted);
  });

  it('refuses what is incomplete or cannot be read', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: JSON
    const cases: [(root: any) => void, RegExp][] = [
      [
        (root) =>
          Object.assign(root, {
            tlogs: [],
            ctlogs: [],
            certificateAuthorities: [],
            timestampAuthorities: [],
          }),
        /trusts nobody/,
      ],
      [(root) => Object.assign(root, { mediaType: 'application/json' }), /mediaType/],
      [(root) => delete root.mediaType, /mediaType/],
      [(root) => delete root.tlogs[0].publicKey, /no public key/],
      [(root) => delete root.tlogs[0].logId, /no id/],
      [(root) => Object.assign(root.tlogs[0].publicKey, { rawBytes: 'AAAA' }), /cannot be read/],
      [
        (root) => Object.assign(root.tlogs[0].publicKey.validFor, { start: 'yesterday' }),
        /time that cannot be read/,
      ],
      [(root) => Object.assign(root.certificateAuthorities[0], { certChain: {} }), /no certificates/],
      [
        (root) =>
          Object.assign(root.certificateAuthorities[0].certChain.certificates[0], { rawBytes: 'MAA=' }),
        /cannot be read/,
      ],
      [
        (root) => Object.assign(root.timestampAuthorities[0].certChain, { certificates: [] }),
        /no certificates/,
      ],
      [
        (root) => Object.assign(root, { tlogs: Array.from({ length: 65 }, () => root.tlogs[0]) }),
        /more than 64 tlogs/,
      ],
      [(root) => Object.assign(root, { tlogs: 'none' }), /no list/],
    ];
    for (const [change, message] of cases) expect(await refused(change)).toMatch(message);
    for (const text of ['', '{', 'null', '[]', '"root"']) {
      await expect(readTrustedRoot(Buffer.from(text))).rejects.toMatchObject({
        code: 'sigstore.root_invalid',
      });
    }
  });

  it('refuses a file over the limit before reading it', async () => {
    await expect(readTrustedRoot(new Uint8Array(1024 * 1024 + 1))).rejects.toThrow(
      /larger than 1048576 bytes/,
    );
  });
});
