import { ASN1Obj, X509Certificate } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/sigstore/parse-certificate.ts';
import { type DerNode, parseDer } from '../../src/sigstore/parse-der.ts';
import {
  createFakeKey,
  createFakeSigstore,
  createTimestampAuthority,
  der,
} from '../support/sigstore/index.ts';

const sigstore = createFakeSigstore();
const certificate = sigstore.issue({ publicKey: createFakeKey().spki });
const samples: Record<string, Buffer> = {
  certificate: certificate.der,
  'RSA certificate': sigstore.issue({ publicKey: createFakeKey('rsa2048').spki }).der,
  timestamp: createTimestampAuthority(0, 1e13).stamp(Buffer.from('x'), 1e12, { withCertificate: true }),
  'nested octets': der.octets(der.octets(der.octets(der.integer(5)))),
  'octets that are not DER': der.octets(Buffer.from('hello, this is text')),
  empty: der.sequence(),
};

// What the library sees of a node, or that it refuses the bytes.
function seen(parse: (bytes: Buffer) => ASN1Obj, bytes: Buffer): unknown {
  let root: ASN1Obj;
  try {
    root = parse(bytes);
  } catch {
    return 'refused';
  }
  const look = (node: ASN1Obj): unknown => [
    node.tag.toDER(),
    node.value.toString('hex'),
    node.toDER().toString('hex'),
    node.subs.map(look),
  ];
  return look(root);
}

const ours = (bytes: Buffer) => parseDer(bytes);
const theirs = (bytes: Buffer) => ASN1Obj.parseBuffer(Buffer.from(bytes));

describe('parseDer', () => {
  it.each(Object.entries(samples))('reads as the library does: %s', (_, bytes) => {
    expect(seen(ours, bytes)).toEqual(seen(theirs, bytes));
  });

  it('reads and refuses as the library does, whatever a byte is changed to or wherever the bytes end', () => {
    for (const bytes of Object.values(samples)) {
      const step = Math.max(1, Math.floor(bytes.length / 50));
      for (let i = 0; i < bytes.length; i += step) {
        for (const value of [0x00, 0x1f, 0x24, 0x30, 0x80, 0x81, 0x84, 0xff, bytes[i]! ^ 1]) {
          const changed = Buffer.from(bytes);
          changed[i] = value;
          expect(seen(ours, changed)).toEqual(seen(theirs, changed));
        }
        const cut = bytes.subarray(0, i);
        expect(seen(ours, cut)).toEqual(seen(theirs, cut));
      }
      const longer = Buffer.concat([bytes, Buffer.from([5, 0])]);
      expect(seen(ours, longer)).toBe('refused');
    }
  });

  it.each([
    ['no bytes', ''],
    ['indefinite length', '3080020105000000'],
    ['length in more bytes than needed', '3081020500'],
    ['length with a leading zero', '30820002050000'],
    ['length of seven bytes', '308700000000000002'],
    ['long form of a tag', '1f8101020500'],
    ['tag 0', '0000'],
  ])('refuses as the library does: %s', (_, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect([seen(ours, bytes), seen(theirs, bytes)]).toEqual(['refused', 'refused']);
  });

  it('has a bottom', () => {
    let deep = der.integer(1);
    for (let i = 0; i < 200; i++) deep = der.sequence(deep);
    expect(() => parseDer(deep)).toThrow(/nested/);
    let octets = der.integer(1);
    for (let i = 0; i < 5000; i++) octets = der.octets(octets);
    expect(seen(ours, octets)).toEqual(seen(theirs, octets));
  });

  it('gives copies, which may be changed', () => {
    const node = parseDer(samples.certificate!);
    node.toDER()[0] = 0;
    expect(node.toDER()[0]).toBe(0x30);
  });
});

describe('parseCertificate', () => {
  it('writes a copy whose extensions were taken out as the library writes it', () => {
    const clones = [
      parseCertificate(certificate.der),
      X509Certificate.parse(Buffer.from(certificate.der)),
    ].map((each) => each.clone());
    for (const clone of clones) {
      const index = clone.extensions.findIndex((each) => each.subs[0]!.toOID() === '1.3.6.1.4.1.11129.2.4.2');
      clone.extensions.splice(index, 1);
    }
    const [mine, library] = clones.map((clone) => clone.tbsCertificate.toDER().toString('hex'));
    expect(mine).toBe(library);
    expect(mine).not.toBe(parseCertificate(certificate.der).tbsCertificate.toDER().toString('hex'));
  });

  it('remembers whom it verified with, and nobody else', () => {
    const leaf = parseCertificate(certificate.der);
    const { intermediate, root } = sigstore.authority;
    const issuer = parseCertificate(intermediate.der);
    expect([leaf.verify(issuer), leaf.verify(issuer)]).toEqual([true, true]);
    expect([leaf.verify(parseCertificate(root.der)), leaf.verify()]).toEqual([false, false]);
    const changed = Buffer.from(certificate.der);
    changed[changed.length - 30]! ^= 1;
    expect(parseCertificate(changed).verify(issuer)).toBe(false);
    expect(leaf.verify(issuer)).toBe(true);
  });

  it('keeps its own bytes', () => {
    const bytes = Buffer.from(certificate.der);
    const parsed = parseCertificate(bytes);
    bytes.fill(0);
    expect(parsed.der.equals(certificate.der)).toBe(true);
    expect((parsed.root as DerNode).source.equals(certificate.der)).toBe(true);
  });
});
