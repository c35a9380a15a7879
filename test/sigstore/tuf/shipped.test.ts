import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readTrustedRoot } from '../../../src/sigstore/index.ts';
import { parseMetadata, verifyRole } from '../../../src/sigstore/tuf/index.ts';
import { PUBLIC_GOOD } from '../../support/trusted-roots.ts';
import { makeKey, text } from '../../support/tuf-repository.ts';
import { createClient, NOW } from './support.ts';

// Real metadata, as the public-good instance signed it.
const BYTES = new Uint8Array(readFileSync(new URL('../../../keys/sigstore/tuf-root.json', import.meta.url)));

describe('the TUF root that comes with chartseal', () => {
  test('is signed by enough of its own keys, and not expired', () => {
    const root = parseMetadata('root', BYTES);
    verifyRole(root, root);
    expect([root.version, root.signed.roles.root?.threshold, root.signed.roles.root?.keyIDs.length]).toEqual([
      16, 3, 5,
    ]);
    expect(root.expires).toBeGreaterThan(NOW);
    expect(root.signed.consistentSnapshot).toBe(true);
  });

  test.each([
    ['another version', (signed: { version: number }) => void signed.version++],
    ['another expiry', (signed: object) => Object.assign(signed, { expires: '2037-04-22T19:27:31Z' })],
    [
      'a lower threshold',
      (signed: { roles: { root: { threshold: number } } }) => void signed.roles.root.threshold--,
    ],
    ['a field that nobody knows', (signed: object) => Object.assign(signed, { more: 1 })],
    [
      'another key for the targets',
      (signed: { keys: Record<string, object>; roles: { targets: { keyids: string[] } } }) => {
        const { id, model } = makeKey();
        signed.keys[id] = model.toJSON();
        signed.roles.targets.keyids.push(id);
      },
    ],
  ])('with %s is not', (_name, change) => {
    const json = JSON.parse(new TextDecoder().decode(BYTES));
    change(json.signed);
    const root = parseMetadata('root', text(JSON.stringify(json)));
    expect(() => verifyRole(root, root)).toThrow(/does not accept its signatures/);
  });

  test('needs three signatures and has five', () => {
    const json = JSON.parse(new TextDecoder().decode(BYTES));
    for (const left of [4, 3, 2]) {
      json.signatures.pop();
      const root = parseMetadata('root', text(JSON.stringify(json)));
      const verify = () => verifyRole(root, root);
      if (left >= 3) verify();
      else expect(verify).toThrow();
    }
  });

  test('accepts no other repository', async () => {
    const { createTufRepository } = await import('../../support/tuf-repository.ts');
    const repository = createTufRepository();
    repository.roles.root.version = 16;
    repository.publishRoot();
    const client = createClient(repository, { root: BYTES });
    await expect(client.refresh()).rejects.toMatchObject({ code: 'tuf.unsigned' });
  });
});

test('the trusted root that comes with chartseal can be used', async () => {
  const { material } = await readTrustedRoot(PUBLIC_GOOD);
  expect(material.tlogs).toHaveLength(2);
  expect(material.certificateAuthorities).toHaveLength(2);
});
