import { beforeAll, describe, expect, test } from 'vitest';
import { type HelmSource, type Keyring, predictHelm } from '../../src/provenance/index.ts';
import { ARCHIVE_DIGEST, clearsign, keyringOf, makeKey, NOW, signedTextFor } from '../support/signing.ts';

const HEX = 'c'.repeat(64);
const LOCATION = 'oci://registry.example.com/charts/app';

describe('predictHelm', () => {
  let keyring: Keyring;
  let provenance: Uint8Array;
  beforeAll(async () => {
    const key = await makeKey();
    keyring = await keyringOf(key);
    provenance = new TextEncoder().encode(await clearsign(signedTextFor(), key));
  });
  const ask = async (source: HelmSource, withProvenance = true) => {
    const answers = await predictHelm({
      source,
      provenance: withProvenance ? provenance : undefined,
      keyrings: [keyring],
      archiveDigest: ARCHIVE_DIGEST,
      now: NOW,
    });
    expect(answers.map(({ versions }) => versions)).toEqual(['<=3.21.3', '>=3.21.4 <4', '>=4']);
    const messages = new Set(answers.map(({ message }) => message));
    expect(messages.size).toBe(1);
    return [...messages][0];
  };
  const registry = (rest: string, version?: string): HelmSource => ({
    kind: 'registry',
    reference: `${LOCATION}${rest}`,
    version,
  });

  // shared/vectors/provenance/reference-resolution-v4.2.4.txt
  test.each<[string, HelmSource, string]>([
    ['a version', registry(':1.2.3'), ''],
    ['a range that led to it', registry('', '1.2.3'), ''],
    ['latest', registry(':latest'), 'improper constraint: "latest"'],
    ['_ in the tag', registry(':1.2.3_b'), 'improper constraint: "1.2.3_b"'],
    ['+ in the tag', registry(':1.2.3+b'), 'invalid reference: invalid tag "1.2.3+b"'],
    [
      'a tag with v',
      registry(':v1.2.3'),
      'provenance does not contain a SHA for a file named "app-v1.2.3.tgz"',
    ],
    [
      'a version with build metadata',
      registry('', '1.2.3_b'),
      'provenance does not contain a SHA for a file named "app-1.2.3+b.tgz"',
    ],
    [
      'a digest',
      registry(`@sha256:${HEX}`),
      `provenance does not contain a SHA for a file named "app@sha256-${HEX}.tgz"`,
    ],
    [
      'tag and digest',
      registry(`:1.2.3@sha256:${HEX}`),
      `provenance does not contain a SHA for a file named "app@sha256-${HEX}.tgz"`,
    ],
    ['a file', { kind: 'file', fileName: 'app-1.2.3.tgz' }, ''],
    [
      'a file with another ending',
      { kind: 'file', fileName: 'app-1.2.3.tar.gz' },
      'chart must be a tgz file',
    ],
  ])('%s', async (_, source, message) => {
    expect(await ask(source)).toBe(message);
  });

  test.each<[string, HelmSource, string]>([
    ['a version', registry(':1.2.3'), `failed to fetch provenance "${LOCATION}:1.2.3.prov"`],
    ['a range', registry('', '1.2.3_b'), `failed to fetch provenance "${LOCATION}:1.2.3+b.prov"`],
    ['a digest', registry(`@sha256:${HEX}`), `failed to fetch provenance "${LOCATION}@sha256:${HEX}.prov"`],
    ['latest', registry(':latest'), 'improper constraint: "latest"'],
    [
      'a file',
      { kind: 'file', fileName: 'a.tgz' },
      'could not load provenance file a.tgz.prov: stat a.tgz.prov: no such file or directory',
    ],
  ])('without provenance: %s', async (_, source, message) => {
    expect(await ask(source, false)).toBe(message);
  });

  test('a port is no tag', async () => {
    const source: HelmSource = { kind: 'registry', reference: 'oci://127.0.0.1:5000/app:1.2.3' };
    expect(await ask(source)).toBe('');
  });

  test('an empty keyring knows nobody', async () => {
    const answers = await predictHelm({
      source: registry(':1.2.3'),
      provenance,
      keyrings: [],
      archiveDigest: ARCHIVE_DIGEST,
      now: NOW,
    });
    expect(answers.map(({ message }) => message)).toEqual(
      Array(3).fill('openpgp: signature made by unknown entity'),
    );
  });
});
