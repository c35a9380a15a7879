import { createHash } from 'node:crypto';
import {
  createAuthority,
  type FakeAuthority,
  type FakeCertificate,
  issueLeaf,
  type LeafOptions,
} from './certificates.ts';
import { createCtLog, type FakeCtLog } from './ct-log.ts';
import { createFakeKey, type FakeKey } from './keys.ts';
import { createRekor, type FakeLogEntry, type FakeRekor, type LoggedSignature } from './rekor.ts';
import { createTimestampAuthority, type FakeTimestampAuthority } from './timestamp-authority.ts';

const YEAR = 365 * 24 * 3600 * 1000;
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
export const IN_TOTO = 'application/vnd.in-toto+json';
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export interface Subject {
  name?: string;
  digest: Record<string, string>;
  annotations?: Record<string, string>;
}

/** What is signed, and which proofs are made of it. Everything has a good default. */
export interface SignOptions {
  /** `sha256:…` of the manifest. */
  digest: string;
  /** Default: cosign's signature. */
  predicateType?: string;
  predicate?: unknown;
  /** Signed with the subject. */
  annotations?: Record<string, string>;
  /** Instead of the one subject with `digest`. */
  subjects?: Subject[];
  /** Default: Statement/v1. */
  statementType?: string;
  payloadType?: string;
  /** The payload itself, instead of a statement. */
  payload?: string | Uint8Array;
  /** Signs these bytes by themselves, without an envelope. */
  message?: Uint8Array;
  /** Default: v2. */
  rekor?: 'v1' | 'v2' | 'none';
  /** Default: with Rekor v2 and without a log, as v1 tells the time itself. */
  timestamp?: boolean;
  /** Default: v0.3. */
  mediaType?: string;
  /** Milliseconds since the epoch; default: the clock. */
  at?: number;
  /** What the log records where that is to be something else. */
  logged?: Partial<LoggedSignature>;
  /** Instead of the key's own hash. */
  hash?: 'sha256' | 'sha384' | 'sha512';
}

export interface KeylessOptions {
  /** Default: a release workflow of github.com/acme/charts at tag v1.2.3. */
  identity?: string;
  /** Default: GitHub's. */
  issuer?: string;
  /** Fulcio's extensions by the last number of their OID. Default: those of the workflow. */
  extensions?: Readonly<Record<number, string>>;
  /** Default: true. */
  sct?: boolean;
  /** Further wishes for the certificate. */
  certificate?: Partial<LeafOptions>;
  /** The key of the certificate; default: a new P-256. */
  ephemeralKey?: FakeKey;
}

export interface KeyOptions {
  /** Default: `sigstore.key`. */
  key?: FakeKey;
}

/** A bundle as JSON, to be spoiled before `bytes()` is called, with what it was made of. */
export interface FakeBundle {
  // biome-ignore lint/suspicious/noExplicitAny: tests reach in and change what they like
  json: any;
  bytes(): Uint8Array;
  signature: Buffer;
  certificate?: FakeCertificate;
  key: FakeKey;
}

/** One layer of cosign's `.sig` or `.att` manifest. */
export interface FakeLayer {
  bytes: Uint8Array;
  annotations: Record<string, string>;
  signature: Buffer;
}

export interface FakeSigstore {
  authority: { root: FakeAuthority; intermediate: FakeAuthority };
  ctLog: FakeCtLog;
  rekorV1: FakeRekor;
  rekorV2: FakeRekor;
  tsa: FakeTimestampAuthority;
  /** A trusted_root.json with all of them. */
  trustedRootJson: string;
  /** The same, changed: `sigstore.trustedRoot((root) => { root.ctlogs = []; })`. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  trustedRoot(change?: (root: any) => void): Uint8Array;
  /** The key of `signWithKey`. */
  key: FakeKey;
  publicKeyPem: string;
  issue(options: Partial<LeafOptions> & { publicKey: Uint8Array }, sct?: boolean): FakeCertificate;
  signKeyless(options: SignOptions & KeylessOptions): FakeBundle;
  signWithKey(options: SignOptions & KeyOptions): FakeBundle;
  /** A layer of `.sig`. With `rekor: 'v1'` (the default) or `'none'`. */
  signLegacy(options: SignOptions & (KeyOptions | ({ keyless: true } & KeylessOptions))): FakeLayer;
  /** A layer of `.att`. */
  attestLegacy(options: SignOptions & (KeyOptions | ({ keyless: true } & KeylessOptions))): FakeLayer;
}

export const FAKE_ISSUER = 'https://token.actions.githubusercontent.com';
export const FAKE_IDENTITY = 'https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3';
export const FAKE_EXTENSIONS: Readonly<Record<number, string>> = {
  2: 'push',
  3: '0123456789abcdef0123456789abcdef01234567',
  4: 'release',
  5: 'acme/charts',
  6: 'refs/tags/v1.2.3',
  9: FAKE_IDENTITY,
  11: 'github-hosted',
  12: 'https://github.com/acme/charts',
  14: 'refs/tags/v1.2.3',
  20: 'push',
};

/**
 * A sigstore of one's own: certificate authority, certificate log, transparency logs of both versions and a timestamp
 * authority, all in this process, whose signatures are good until a test spoils them.
 * @param clock milliseconds since the epoch; everything is valid from a year before to ten years after it
 */
export function createFakeSigstore({ clock = () => Date.parse('2026-11-23T12:00:00Z') } = {}): FakeSigstore {
  const from = clock() - YEAR;
  const to = clock() + 10 * YEAR;
  const root = createAuthority({ name: 'fake-fulcio-root', from, to });
  const intermediate = createAuthority({ name: 'fake-fulcio', from, to, by: root });
  const ctLog = createCtLog();
  const rekorV1 = createRekor(1);
  const rekorV2 = createRekor(2);
  const tsa = createTimestampAuthority(from, to);
  const key = createFakeKey();

  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const rootJson = (change: (json: any) => void = () => {}) => {
    const json = {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [rekorV1.inRoot(from), rekorV2.inRoot(from)],
      certificateAuthorities: [
        {
          subject: { organization: 'fake', commonName: 'fake-fulcio' },
          uri: 'https://fulcio.fake.example',
          certChain: {
            certificates: [intermediate, root].map((each) => ({ rawBytes: each.der.toString('base64') })),
          },
          validFor: { start: new Date(from).toISOString() },
        },
      ],
      ctlogs: [ctLog.inRoot(from)],
      timestampAuthorities: [tsa.inRoot(from)],
    };
    change(json);
    return JSON.stringify(json);
  };

  function issue(options: Partial<LeafOptions> & { publicKey: Uint8Array }, sct = true): FakeCertificate {
    const notBefore = options.notBefore ?? clock() - 1000;
    return issueLeaf(intermediate, {
      identity: FAKE_IDENTITY,
      issuer: FAKE_ISSUER,
      extensions: FAKE_EXTENSIONS,
      notBefore,
      ...(sct ? { log: (tbs, issuer) => [ctLog.log(tbs, issuer, notBefore)] } : {}),
      ...options,
    });
  }

  function issueFor(options: SignOptions & KeylessOptions, ephemeral: FakeKey): FakeCertificate {
    const { identity, issuer, extensions, sct = true } = options;
    return issue(
      {
        publicKey: ephemeral.spki,
        notBefore: (options.at ?? clock()) - 1000,
        ...(identity === undefined ? {} : { identity }),
        ...(issuer === undefined ? {} : { issuer }),
        ...(extensions === undefined ? {} : { extensions }),
        ...options.certificate,
      },
      sct,
    );
  }

  /** Signs and has it logged and stamped. */
  function prove(options: SignOptions, signer: FakeKey, certificate: FakeCertificate | undefined) {
    const at = options.at ?? clock();
    const hash = options.hash ?? signer.hash;
    const { message } = options;
    const payload = message === undefined ? payloadOf(options) : undefined;
    const payloadType = options.payloadType ?? IN_TOTO;
    const pae = payload && preAuthEncoding(payloadType, payload);
    const signature = signer.sign(pae ?? message!, hash);
    const envelope = payload && {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: signature.toString('base64') }],
    };
    const digest = message && createHash(hash).update(message).digest();
    const what: LoggedSignature = {
      signature,
      verifier: certificate ? { certificate: certificate.der } : { key: signer },
      content: digest
        ? { kind: 'message', digest }
        : { kind: 'dsse', payload: payload!, payloadType, pae: pae!, envelope: JSON.stringify(envelope) },
      keyDetails: signer.keyDetails,
      hash,
      ...options.logged,
    };
    const { rekor = 'v2', timestamp = rekor !== 'v1' } = options;
    const entry = rekor === 'none' ? undefined : (rekor === 'v1' ? rekorV1 : rekorV2).log(what, at);
    return {
      signature,
      envelope,
      digest,
      hash,
      entry,
      stamp: timestamp ? tsa.stamp(signature, at) : undefined,
    };
  }

  function bundle(options: SignOptions, signer: FakeKey, certificate?: FakeCertificate): FakeBundle {
    const { mediaType = BUNDLE_V03 } = options;
    const { signature, envelope, digest, hash, entry, stamp } = prove(options, signer, certificate);
    const rawBytes = certificate?.der.toString('base64');
    const isOld = /version=0\.[12]$/.test(mediaType);
    const json = {
      mediaType,
      verificationMaterial: {
        ...(rawBytes === undefined
          ? { publicKey: { hint: signer.hint } }
          : isOld
            ? { x509CertificateChain: { certificates: [{ rawBytes }] } }
            : { certificate: { rawBytes } }),
        tlogEntries: entry ? [entry] : [],
        timestampVerificationData: {
          rfc3161Timestamps: stamp ? [{ signedTimestamp: stamp.toString('base64') }] : [],
        },
      },
      ...(digest
        ? {
            messageSignature: {
              messageDigest: { algorithm: `SHA2_${hash.slice(3)}`, digest: digest.toString('base64') },
              signature: signature.toString('base64'),
            },
          }
        : { dsseEnvelope: envelope }),
    };
    return {
      json,
      bytes: () => Buffer.from(JSON.stringify(json)),
      signature,
      ...(certificate ? { certificate } : {}),
      key: signer,
    };
  }

  function signerOf(options: SignOptions & (KeyOptions | ({ keyless: true } & KeylessOptions))) {
    if (!('keyless' in options))
      return { signer: (options as KeyOptions).key ?? key, certificate: undefined };
    const signer = options.ephemeralKey ?? createFakeKey();
    return { signer, certificate: issueFor(options, signer) };
  }

  function proofAnnotations(
    certificate: FakeCertificate | undefined,
    entry: FakeLogEntry | undefined,
    stamp: Buffer | undefined,
  ): Record<string, string> {
    return {
      ...(certificate
        ? {
            'dev.sigstore.cosign/certificate': certificate.pem,
            'dev.sigstore.cosign/chain': intermediate.pem,
          }
        : {}),
      ...(entry
        ? {
            'dev.sigstore.cosign/bundle': JSON.stringify({
              SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
              Payload: {
                body: entry.canonicalizedBody,
                integratedTime: Number(entry.integratedTime),
                logIndex: Number(entry.logIndex),
                logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
              },
            }),
          }
        : {}),
      ...(stamp
        ? {
            'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({
              SignedRFC3161Timestamp: stamp.toString('base64'),
            }),
          }
        : {}),
    };
  }

  return {
    authority: { root, intermediate },
    ctLog,
    rekorV1,
    rekorV2,
    tsa,
    trustedRootJson: rootJson(),
    trustedRoot: (change) => Buffer.from(rootJson(change)),
    key,
    publicKeyPem: key.publicKeyPem,
    issue,
    signKeyless(options) {
      const ephemeral = options.ephemeralKey ?? createFakeKey();
      return bundle(options, ephemeral, issueFor(options, ephemeral));
    },
    signWithKey: (options) => bundle(options, options.key ?? key),
    signLegacy(options) {
      const { signer, certificate } = signerOf(options);
      const payload = simpleSigning(options);
      const proofs = prove(
        { rekor: 'v1', hash: 'sha256', ...options, message: payload },
        signer,
        certificate,
      );
      return {
        bytes: payload,
        signature: proofs.signature,
        annotations: {
          'dev.cosignproject.cosign/signature': proofs.signature.toString('base64'),
          ...proofAnnotations(certificate, proofs.entry, proofs.stamp),
        },
      };
    },
    attestLegacy(options) {
      const { signer, certificate } = signerOf(options);
      const proofs = prove({ rekor: 'v1', hash: 'sha256', ...options }, signer, certificate);
      return {
        bytes: Buffer.from(JSON.stringify(proofs.envelope)),
        signature: proofs.signature,
        annotations: {
          'dev.cosignproject.cosign/signature': '',
          ...proofAnnotations(certificate, proofs.entry, proofs.stamp),
          predicateType: options.predicateType ?? COSIGN_SIGN,
        },
      };
    },
  };
}

function payloadOf(options: SignOptions): Buffer {
  if (options.payload !== undefined) return Buffer.from(options.payload as string);
  const [algorithm, hex] = options.digest.split(':') as [string, string];
  const subject: Subject = { digest: { [algorithm]: hex }, annotations: options.annotations ?? {} };
  return Buffer.from(
    JSON.stringify({
      _type: options.statementType ?? 'https://in-toto.io/Statement/v1',
      subject: options.subjects ?? [subject],
      predicateType: options.predicateType ?? COSIGN_SIGN,
      predicate: options.predicate ?? {},
    }),
  );
}

function simpleSigning(options: SignOptions): Buffer {
  if (options.payload !== undefined) return Buffer.from(options.payload as string);
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'registry.example.com/charts/app' },
        image: { 'docker-manifest-digest': options.digest },
        type: 'cosign container image signature',
      },
      optional: options.annotations ?? null,
    }),
  );
}

/** DSSE's pre-authentication encoding: what is signed of an envelope. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  const head = Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `);
  return Buffer.concat([head, payload]);
}
