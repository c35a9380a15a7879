import { createHash, randomBytes, sign } from 'node:crypto';
import * as der from './der.ts';
import { createFakeKey, type FakeKey } from './keys.ts';

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const FULCIO = '1.3.6.1.4.1.57264.1';

export interface FakeCertificate {
  der: Buffer;
  pem: string;
}

/** A certificate with the key that it is for. */
export interface FakeAuthority extends FakeCertificate {
  key: FakeKey;
  name: Buffer;
  serial: Buffer;
}

interface Body {
  serial: Buffer;
  issuer: Buffer;
  subject: Buffer;
  notBefore: number;
  notAfter: number;
  spki: Uint8Array;
  extensions: Buffer[];
}

const commonName = (text: string) => der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(text))));
/** An extension of a certificate. */
export const extension = (id: string, value: Buffer, critical = false) =>
  der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octets(value));
const keyId = (spki: Uint8Array) => createHash('sha1').update(spki).digest();
const algorithm = () => der.sequence(der.oid(ECDSA_WITH_SHA256));

function tbs(body: Body): Buffer {
  return der.sequence(
    der.explicit(0, der.integer(2)),
    der.integer(body.serial),
    algorithm(),
    body.issuer,
    der.sequence(der.utcTime(body.notBefore), der.utcTime(body.notAfter)),
    body.subject,
    Buffer.from(body.spki),
    der.explicit(3, der.sequence(...body.extensions)),
  );
}

function certify(body: Body, key: FakeKey): FakeCertificate {
  const toSign = tbs(body);
  const bytes = der.sequence(toSign, algorithm(), der.bits(sign('sha256', toSign, key.privateKey)));
  return { der: bytes, pem: toPem(bytes) };
}

export function toPem(bytes: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const serialNumber = () => Buffer.concat([Buffer.from([0x11]), randomBytes(15)]);

/** A root, or what a root (or another authority) vouches for. */
export function createAuthority(options: {
  name: string;
  from: number;
  to: number;
  by?: FakeAuthority;
  /** `ca`: may issue; `timestamp`: signs timestamps. */
  use?: 'ca' | 'timestamp';
  key?: FakeKey;
}): FakeAuthority {
  const key = options.key ?? createFakeKey();
  const name = commonName(options.name);
  const serial = serialNumber();
  const { by, use = 'ca' } = options;
  const usage = use === 'ca' ? [0x06, 1] : [0x80, 7];
  const certificate = certify(
    {
      serial,
      issuer: by?.name ?? name,
      subject: name,
      notBefore: options.from,
      notAfter: options.to,
      spki: key.spki,
      extensions: [
        extension('2.5.29.15', der.bits(Buffer.from([usage[0]!]), usage[1]), true),
        ...(use === 'ca' ? [extension('2.5.29.19', der.sequence(der.boolean(true)), true)] : []),
        ...(use === 'timestamp'
          ? [extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.8')), true)]
          : []),
        extension('2.5.29.14', der.octets(keyId(key.spki))),
        extension('2.5.29.35', der.sequence(der.implicit(0, keyId(by?.key.spki ?? key.spki)))),
      ],
    },
    by?.key ?? key,
  );
  return { ...certificate, key, name, serial };
}

export interface LeafOptions {
  /** A URI, or an email address. */
  identity: string;
  issuer: string;
  /** In the first version of the extension; default: the same. */
  issuerV1?: string;
  publicKey: Uint8Array;
  /** Fulcio's extensions by the last number of their OID (from 9), DER strings; below 8 as they are. */
  extensions?: Readonly<Record<number, string>>;
  /** Milliseconds since the epoch; ten minutes unless `notAfter` is given. */
  notBefore: number;
  notAfter?: number;
  /** Extended key usages; code signing by default. */
  keyUsages?: readonly string[];
  /** First byte of the key usage; digital signature by default. */
  keyUsage?: number;
  /** DER of the alternative names, instead of the one for `identity`. */
  names?: readonly Buffer[];
  /** Further extensions; see `extension`. */
  more?: readonly Buffer[];
  /** Makes it a certificate that may issue others. */
  ca?: boolean;
  /** Signs the precertificate: SCTs as bytes. */
  log?: (precertificate: Buffer, issuerKeyHash: Buffer) => Buffer[];
}

/** A certificate as Fulcio issues them. */
export function issueLeaf(authority: FakeAuthority, options: LeafOptions): FakeCertificate {
  const { identity, issuer, notBefore } = options;
  const isUri = identity.includes('://');
  const name = der.implicit(isUri ? 6 : 1, Buffer.from(identity));
  const usages = options.keyUsages ?? ['1.3.6.1.5.5.7.3.3'];
  const extensions = [
    extension('2.5.29.15', der.bits(Buffer.from([options.keyUsage ?? 0x80]), 7), true),
    ...(usages.length > 0 ? [extension('2.5.29.37', der.sequence(...usages.map(der.oid)))] : []),
    ...(options.ca ? [extension('2.5.29.19', der.sequence(der.boolean(true)), true)] : []),
    extension('2.5.29.14', der.octets(keyId(options.publicKey))),
    extension('2.5.29.35', der.sequence(der.implicit(0, keyId(authority.key.spki)))),
    extension('2.5.29.17', der.sequence(...(options.names ?? [name])), true),
    extension(`${FULCIO}.1`, Buffer.from(options.issuerV1 ?? issuer)),
    extension(`${FULCIO}.8`, der.utf8(issuer)),
    ...Object.entries(options.extensions ?? {}).map(([last, value]) =>
      extension(`${FULCIO}.${last}`, Number(last) < 8 ? Buffer.from(value) : der.utf8(value)),
    ),
    ...(options.more ?? []),
  ];
  const body: Body = {
    serial: serialNumber(),
    issuer: authority.name,
    subject: der.sequence(),
    notBefore,
    notAfter: options.notAfter ?? notBefore + 600_000,
    spki: options.publicKey,
    extensions,
  };
  if (options.log !== undefined) {
    const scts = options.log(tbs(body), createHash('sha256').update(authority.key.spki).digest());
    const list = Buffer.concat(scts.map(withLength));
    body.extensions = [...extensions, extension('1.3.6.1.4.1.11129.2.4.2', der.octets(withLength(list)))];
  }
  return certify(body, authority.key);
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
