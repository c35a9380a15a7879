import * as node from 'node:crypto';
import { describe, expect, it } from 'vitest';
import edgeDefault, * as edge from '../../src/platform/edge/crypto.ts';

const data = Buffer.from('some data');
const keys = {
  'P-256': node.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': node.generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': node.generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  RSA: node.generateKeyPairSync('rsa', { modulusLength: 2048 }),
  Ed25519: node.generateKeyPairSync('ed25519'),
};

// In workerd it is asked by test/sigstore/conformance.test.ts; here, that it changes nothing where nothing is missing.
describe('crypto for Worker bundles', () => {
  it.each(Object.entries(keys))(
    'verifies as Node does without a digest: %s',
    (_, { privateKey, publicKey }) => {
      const signature = node.sign(null, data, privateKey);
      const other = Buffer.from('other data');
      for (const key of [publicKey, { key: publicKey }]) {
        for (const algorithm of [undefined, null]) {
          expect(edge.verify(algorithm, data, key, signature)).toBe(true);
          expect(edge.verify(algorithm, other, key, signature)).toBe(false);
          expect(edge.verify(algorithm, data, key, signature)).toBe(
            node.verify(algorithm, data, key, signature),
          );
        }
      }
    },
  );

  it('verifies with the digest that is named', () => {
    const { privateKey, publicKey } = keys['P-384'];
    const signature = node.sign('sha384', data, privateKey);
    expect(edge.verify('sha384', data, publicKey, signature)).toBe(true);
    expect(edge.verify('sha256', data, publicKey, signature)).toBe(false);
    expect(edge.verify(undefined, data, publicKey, signature)).toBe(false);
  });

  it('loses no options beside a key', () => {
    const { privateKey, publicKey } = keys['P-256'];
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = node.sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(edge.verify('sha256', data, key, signature)).toBe(true);
    expect(edge.verify('sha256', data, publicKey, signature)).toBe(false);
  });

  it('is the whole module, as a default export and by name', () => {
    const names = (module: object) =>
      Object.keys(module)
        .filter((name) => name !== 'default')
        .sort();
    expect(names(edgeDefault)).toEqual(names(node));
    expect(names(edge)).toEqual(names(node));
    expect(edgeDefault.verify).toBe(edge.verify);
  });
});
