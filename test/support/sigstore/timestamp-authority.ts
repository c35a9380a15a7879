import { createHash, randomBytes, sign } from 'node:crypto';
import { createAuthority, type FakeAuthority } from './certificates.ts';
import * as der from './der.ts';

const SHA256 = '2.16.840.1.101.3.4.2.1';

/** A timestamp authority (RFC 3161): a root and a signing certificate. */
export interface FakeTimestampAuthority {
  root: FakeAuthority;
  signer: FakeAuthority;
  /** A response as it stands in a bundle. @param data what is stamped; @param at milliseconds since the epoch */
  stamp(data: Uint8Array, at: number, options?: { withCertificate?: boolean }): Buffer;
  /** The same for a digest that a query brought. */
  stampDigest(sha256: Uint8Array, at: number, options?: { withCertificate?: boolean }): Buffer;
  /** Its entry in a trusted root. @param end milliseconds, where it has one */
  inRoot(start: number, end?: number): object;
}

export function createTimestampAuthority(from: number, to: number): FakeTimestampAuthority {
  const root = createAuthority({ name: 'fake-tsa-root', from, to });
  const signer = createAuthority({ name: 'fake-tsa', from, to, by: root, use: 'timestamp' });

  function stampDigest(digest: Uint8Array, at: number, { withCertificate = false } = {}): Buffer {
    const sha256 = () => der.sequence(der.oid(SHA256));
    const info = der.sequence(
      der.integer(1),
      der.oid('1.3.6.1.4.1.57264.2'),
      der.sequence(sha256(), der.octets(digest)),
      der.integer(Buffer.concat([Buffer.from([1]), randomBytes(7)])),
      der.generalizedTime(at),
    );
    const attribute = (id: string, value: Buffer) => der.sequence(der.oid(id), der.set(value));
    const attributes = [
      attribute('1.2.840.113549.1.9.3', der.oid('1.2.840.113549.1.9.16.1.4')),
      attribute('1.2.840.113549.1.9.5', der.utcTime(at)),
      attribute('1.2.840.113549.1.9.4', der.octets(createHash('sha256').update(info).digest())),
    ];
    const signerInfo = der.sequence(
      der.integer(1),
      der.sequence(root.name, der.integer(signer.serial)),
      sha256(),
      der.explicit(0, ...attributes),
      der.sequence(der.oid('1.2.840.10045.4.3.2')),
      der.octets(sign('sha256', der.set(...attributes), signer.key.privateKey)),
    );
    const signedData = der.sequence(
      der.integer(3),
      der.set(sha256()),
      der.sequence(der.oid('1.2.840.113549.1.9.16.1.4'), der.explicit(0, der.octets(info))),
      ...(withCertificate ? [der.explicit(0, signer.der)] : []),
      der.set(signerInfo),
    );
    const content = der.sequence(der.oid('1.2.840.113549.1.7.2'), der.explicit(0, signedData));
    return der.sequence(der.sequence(der.integer(0)), content);
  }

  return {
    root,
    signer,
    stampDigest,
    stamp: (data, at, options) => stampDigest(createHash('sha256').update(data).digest(), at, options),
    inRoot: (start, end) => ({
      subject: { organization: 'fake', commonName: 'fake-tsa' },
      uri: 'https://tsa.fake.example/api/v1/timestamp',
      certChain: {
        certificates: [signer, root].map((each) => ({ rawBytes: each.der.toString('base64') })),
      },
      validFor: {
        start: new Date(start).toISOString(),
        ...(end === undefined ? {} : { end: new Date(end).toISOString() }),
      },
    }),
  };
}
