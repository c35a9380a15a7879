import { malformed } from './read-signature.ts';

/** `whole`: 64-bit numbers and names of enums, which JSON may hold as a text or a number. */
type Shape = 'text' | 'whole' | { list: Shape } | { fields: Readonly<Record<string, Shape>> };

const CERTIFICATE: Shape = { fields: { rawBytes: 'text' } };
const SIGNATURE: Shape = { fields: { sig: 'text', keyid: 'text' } };
const ENTRY: Shape = {
  fields: {
    logIndex: 'whole',
    logId: { fields: { keyId: 'text' } },
    kindVersion: { fields: { kind: 'text', version: 'text' } },
    integratedTime: 'whole',
    inclusionPromise: { fields: { signedEntryTimestamp: 'text' } },
    inclusionProof: {
      fields: {
        logIndex: 'whole',
        rootHash: 'text',
        treeSize: 'whole',
        hashes: { list: 'text' },
        checkpoint: { fields: { envelope: 'text' } },
      },
    },
    canonicalizedBody: 'text',
  },
};

// protobuf-specs: protos/sigstore_bundle.proto, in the JSON of protocol buffers.
const BUNDLE: Shape = {
  fields: {
    mediaType: 'text',
    verificationMaterial: {
      fields: {
        publicKey: { fields: { hint: 'text' } },
        certificate: CERTIFICATE,
        x509CertificateChain: { fields: { certificates: { list: CERTIFICATE } } },
        tlogEntries: { list: ENTRY },
        timestampVerificationData: {
          fields: { rfc3161Timestamps: { list: { fields: { signedTimestamp: 'text' } } } },
        },
      },
    },
    dsseEnvelope: { fields: { payload: 'text', payloadType: 'text', signatures: { list: SIGNATURE } } },
    messageSignature: {
      fields: { messageDigest: { fields: { algorithm: 'whole', digest: 'text' } }, signature: 'text' },
    },
  },
};

/**
 * Refuses a bundle with a value of another type than its field has. `@sigstore/protobuf-specs` hands whatever stands
 * there to `Buffer.from` and `String`: for `{"length": 4000000000}` the former fills as many bytes, in minutes, and a
 * list is a text of any length to the latter. Fields that are not known are passed over, as the library passes them over.
 * @throws ChartsealError `sigstore.malformed`
 */
export function checkBundleShape(json: unknown): void {
  check(json, BUNDLE, '');
}

/** The same for an entry as a log answers with it. @throws ChartsealError `sigstore.malformed` */
export function checkEntryShape(json: unknown): void {
  check(json, ENTRY, '');
}

function check(value: unknown, shape: Shape, path: string): void {
  // In the JSON of protocol buffers null is a field that is not there.
  if (value === undefined || value === null) return;
  if (shape === 'text' || shape === 'whole') {
    if (typeof value === 'string' || (shape === 'whole' && typeof value === 'number')) return;
    throw malformed(`${path} is no ${shape === 'text' ? 'text' : 'number'}`);
  }
  if ('list' in shape) {
    if (!Array.isArray(value)) throw malformed(`${path} is no list`);
    for (const [i, each] of value.entries()) {
      if (each === null) throw malformed(`${path}[${i}] is nothing`);
      check(each, shape.list, `${path}[${i}]`);
    }
    return;
  }
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(`${path || 'it'} is no object`);
  for (const [name, inner] of Object.entries(shape.fields)) {
    const field = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    check(field, inner, path === '' ? name : `${path}.${name}`);
  }
}
