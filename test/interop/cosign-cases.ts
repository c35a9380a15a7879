import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot as TrustedRootFile } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import type { CosignFlags } from '../../src/sigstore/cosign/flags.ts';
import type { SigstoreTrust } from '../../src/sigstore/index.ts';
import { mutateJson } from '../support/mutate-json.ts';
import {
  createAuthority,
  createFakeKey,
  createFakeSigstore,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeBundle,
  type FakeKeyType,
  type FakeLayer,
  issueLeaf,
} from '../support/sigstore/index.ts';

/** Signatures of one chart, and what is asked of them. */
export interface CosignCase {
  label: string;
  digest: string;
  bundles?: Uint8Array[];
  layers?: Pick<FakeLayer, 'bytes' | 'annotations'>[];
  trust: SigstoreTrust;
  /** Files for cosign: trusted_root.json and a public key. */
  root?: Uint8Array;
  key?: string;
  flags?: Partial<CosignFlags>;
  /** What cosign says of it need not be predicted. */
  unknown?: boolean;
}

// cosign takes the time from the machine.
const sigstore = createFakeSigstore({ clock: Date.now });
const ROOT = sigstore.trustedRoot();
const DIGEST = `sha256:${createHash('sha256').update('a chart').digest('hex')}`;
const OTHER_DIGEST = `sha256:${createHash('sha256').update('another chart').digest('hex')}`;
const HEX = DIGEST.slice('sha256:'.length);

/** Every change of one field of a bundle as cosign 3 makes it with a key. */
export function keyMutants(): CosignCase[] {
  const { json } = sigstore.signWithKey({ digest: DIGEST });
  return mutants(json).map(({ label, text }) => byKey(label, Buffer.from(text)));
}

/** The same keyless, with a log of version 1 and a timestamp. */
export function keylessMutants(): CosignCase[] {
  const { json } = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', timestamp: true });
  return mutants(json).map(({ label, text }) => keyless(label, Buffer.from(text)));
}

/** Every change of one field of a statement, signed as it is. */
export function statementMutants(): CosignCase[] {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'a', digest: { sha1: '00', sha512: 'ab' } },
      { digest: { sha256: HEX }, annotations: { team: 'a', n: 1 } },
    ],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: { builder: [1, null, { a: 'b' }] },
  };
  return mutants(statement).map(({ label, text }) =>
    byKey(label, sigstore.signWithKey({ digest: DIGEST, payload: text, rekor: 'none' }).bytes(), {
      flags: { ignoreTlog: true, annotations: new Map([['team', 'a']]) },
    }),
  );
}

/** Every change of one field of the payload, the log entry and the timestamp of a legacy signature, and of their parts. */
export function legacyMutants(): CosignCase[] {
  const cases: CosignCase[] = [];
  const annotations = { team: 'a' };
  const layer = sigstore.signLegacy({ digest: DIGEST, annotations });
  const flags = { ignoreTlog: true, annotations: new Map(Object.entries(annotations)) };
  for (const { label, text } of mutants(JSON.parse(Buffer.from(layer.bytes).toString('utf8')))) {
    const signed = sigstore.signLegacy({ digest: DIGEST, payload: text, rekor: 'none' });
    cases.push(legacyByKey(`payload ${label}`, signed, { flags }));
  }
  const logged = sigstore.signLegacy({ digest: DIGEST });
  const bundle = JSON.parse(logged.annotations[BUNDLE]!);
  for (const { label, text } of mutants(bundle)) {
    cases.push(legacyByKey(`bundle ${label}`, withAnnotation(logged, BUNDLE, text)));
  }
  // Go reads names without regard to case, the last of them, and numbers that JavaScript cannot hold.
  return cases.map((one) => ({ ...one, unknown: /called|also as|there twice|huge|array/.test(one.label) }));
}

/** Keys, certificates, roots, logs and times of all kinds. */
export function handmadeCases(): CosignCase[] {
  return [...ofKeys(), ...ofCertificates(), ...ofRoots(), ...ofEntries(), ...ofLegacy()];
}

function ofKeys(): CosignCase[] {
  const types: FakeKeyType[] = ['p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'rsa4096', 'ed25519'];
  return types.flatMap((type) => {
    const key = createFakeKey(type);
    const hashes = key.hash === 'sha256' ? (['sha256'] as const) : ([key.hash, 'sha256'] as const);
    const wanted = { trust: keyTrust(key.publicKeyPem, ROOT), key: key.publicKeyPem };
    return hashes.flatMap((hash) => {
      const bundle = (rekor: 'v1' | 'v2' | 'none') =>
        sigstore.signWithKey({ digest: DIGEST, key, hash, rekor });
      const legacy = () => sigstore.signLegacy({ digest: DIGEST, key, hash });
      const named = (keyid: string) =>
        change(bundle('none'), (json) => (json.dsseEnvelope.signatures[0].keyid = keyid));
      return [
        byKey(`${type} ${hash} Rekor v2`, bundle('v2').bytes(), wanted),
        byKey(`${type} ${hash} Rekor v1`, bundle('v1').bytes(), wanted),
        byKey(`${type} ${hash} no log`, bundle('none').bytes(), { ...wanted, flags: { ignoreTlog: true } }),
        byKey(`${type} ${hash} named by hint`, named(key.hint), { ...wanted, flags: { ignoreTlog: true } }),
        byKey(`${type} ${hash} with stamps`, bundle('v2').bytes(), {
          ...wanted,
          flags: { useSignedTimestamps: true },
        }),
        ...(type === 'ed25519' ? [] : [legacyByKey(`${type} ${hash} legacy`, legacy(), wanted)]),
        legacyByKey(`${type} ${hash} legacy, no log`, legacy(), { ...wanted, flags: { ignoreTlog: true } }),
        byKey(`${type} ${hash} side by side`, sideBySide(bundle('none')), {
          ...wanted,
          flags: { ignoreTlog: true },
        }),
        keyless(
          `${type} ${hash} certificate v2`,
          sigstore.signKeyless({ digest: DIGEST, ephemeralKey: key, hash }).bytes(),
        ),
        keyless(
          `${type} ${hash} certificate v1`,
          sigstore.signKeyless({ digest: DIGEST, ephemeralKey: key, hash, rekor: 'v1' }).bytes(),
        ),
        keyless(
          `${type} ${hash} message`,
          sigstore
            .signKeyless({ digest: DIGEST, ephemeralKey: key, message: Buffer.from('a chart') })
            .bytes(),
        ),
      ];
    });
  });
}

/** The two numbers of an ECDSA signature one after the other, as JWS has them. */
function sideBySide(bundle: FakeBundle): Uint8Array {
  const [signature] = bundle.json.dsseEnvelope.signatures;
  const bytes = Buffer.from(signature.sig, 'base64');
  if (bundle.key.privateKey.asymmetricKeyType !== 'ec') return bundle.bytes();
  const at = bytes[1] === 0x81 ? 3 : 2;
  const r = bytes.subarray(at + 2, at + 2 + bytes[at + 1]!);
  const s = bytes.subarray(at + 4 + r.length);
  const size = { sha256: 32, sha384: 48, sha512: 66 }[bundle.key.hash];
  const padded = [r, s].map((one) => Buffer.concat([Buffer.alloc(size), one]).subarray(-size));
  signature.sig = Buffer.concat(padded).toString('base64');
  return bundle.bytes();
}

function ofCertificates(): CosignCase[] {
  const ephemeralKey = createFakeKey();
  const now = Date.now();
  const signed = (
    label: string,
    options: Parameters<typeof sigstore.signKeyless>[0],
    more: Partial<CosignCase> = {},
  ) => [
    keyless(`${label}, v2`, sigstore.signKeyless(options).bytes(), more),
    keyless(`${label}, v1`, sigstore.signKeyless({ ...options, rekor: 'v1' }).bytes(), more),
    keyless(`${label}, clock`, sigstore.signKeyless({ ...options, rekor: 'none' }).bytes(), {
      ...more,
      flags: { ...more.flags, ignoreTlog: true },
    }),
    keyless(`${label}, stamp`, sigstore.signKeyless({ ...options, rekor: 'none' }).bytes(), {
      ...more,
      flags: { ...more.flags, ignoreTlog: true, useSignedTimestamps: true },
    }),
  ];
  const mail = { identity: 'dev@example.com', issuer: 'https://accounts.example.com' };
  const identity = (subject: string, issuer = FAKE_ISSUER, extensions: Record<string, string> = {}) => ({
    trust: keylessTrust(ROOT, [subject], issuer, extensions),
  });
  return [
    ...signed('good', { digest: DIGEST }),
    ...signed('mail', { digest: DIGEST, ...mail }, identity(mail.identity, mail.issuer)),
    ...signed('another subject', { digest: DIGEST }, identity(`${FAKE_IDENTITY}0`)),
    ...signed('another issuer', { digest: DIGEST }, identity(FAKE_IDENTITY, 'https://other.example')),
    ...signed('a glob', { digest: DIGEST }, identity(FAKE_IDENTITY.replace(/v1.2.3$/, '*'))),
    ...signed(
      'a glob that ends too early',
      { digest: DIGEST },
      identity(FAKE_IDENTITY.replace(/v1.2.3$/, '*.2')),
    ),
    ...signed(
      'a trigger',
      { digest: DIGEST },
      identity(FAKE_IDENTITY, FAKE_ISSUER, { githubWorkflowTrigger: 'push' }),
    ),
    ...signed(
      'another trigger',
      { digest: DIGEST },
      identity(FAKE_IDENTITY, FAKE_ISSUER, { githubWorkflowTrigger: 'cron' }),
    ),
    ...signed(
      'no extensions',
      { digest: DIGEST, extensions: {} },
      identity(FAKE_IDENTITY, FAKE_ISSUER, { githubWorkflowRef: 'a' }),
    ),
    ...signed('no SCT', { digest: DIGEST, sct: false }),
    ...signed('no SCT, ignored', { digest: DIGEST, sct: false }, { flags: { ignoreSct: true } }),
    ...signed('SCT of another certificate', {
      digest: DIGEST,
      certificate: { log: (tbs, issuer) => [sigstore.ctLog.log(Buffer.concat([tbs, tbs]), issuer, now)] },
    }),
    ...signed('two SCTs, the second good', {
      digest: DIGEST,
      certificate: {
        log: (tbs, issuer) => [
          sigstore.ctLog.log(tbs.subarray(1), issuer, now),
          sigstore.ctLog.log(tbs, issuer, now),
        ],
      },
    }),
    ...signed('for servers', { digest: DIGEST, certificate: { keyUsages: ['1.3.6.1.5.5.7.3.1'] } }),
    ...signed('for servers and code', {
      digest: DIGEST,
      certificate: { keyUsages: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.3'] },
    }),
    ...signed('for anything', { digest: DIGEST, certificate: { keyUsages: ['2.5.29.37.0'] } }),
    ...signed('for nothing named', { digest: DIGEST, certificate: { keyUsages: [] } }),
    ...signed('an authority', { digest: DIGEST, certificate: { ca: true } }),
    ...signed('expired an hour ago', { digest: DIGEST, at: now - 3600_000 }),
    ...signed('signed after it expired', { digest: DIGEST, certificate: { notBefore: now - 3600_000 } }),
    ...signed('signed before it began', { digest: DIGEST, certificate: { notBefore: now + 3600_000 } }),
    ...signed('of another chart', { digest: OTHER_DIGEST }),
    ...signed('an attestation', { digest: DIGEST, predicateType: 'https://slsa.dev/provenance/v1' }),
    ...signed('logged with another certificate', {
      digest: DIGEST,
      ephemeralKey,
      logged: { verifier: { certificate: sigstore.issue({ publicKey: ephemeralKey.spki }).der } },
    }),
    ...signed('logged with another signature', {
      digest: DIGEST,
      logged: { signature: createFakeKey().sign(Buffer.from('x')) },
    }),
    ...byOtherAuthorities(),
  ];
}

function byOtherAuthorities(): CosignCase[] {
  const now = Date.now();
  const [from, to] = [now - 86_400_000, now + 86_400_000];
  const stranger = createAuthority({ name: 'stranger', from, to });
  const namesake = createAuthority({ name: 'fake-fulcio', from, to });
  const deeper = createAuthority({ name: 'deeper', from, to, by: sigstore.authority.intermediate });
  return [
    ['a stranger', stranger],
    ['a namesake', namesake],
    ['an authority that the root does not know', deeper],
    ['the root itself', sigstore.authority.root],
  ].flatMap(([label, authority]) => {
    const key = createFakeKey();
    const { der } = issueLeaf(authority as typeof stranger, {
      identity: FAKE_IDENTITY,
      issuer: FAKE_ISSUER,
      publicKey: key.spki,
      notBefore: now - 1000,
      log: (tbs, issuer) => [sigstore.ctLog.log(tbs, issuer, now)],
    });
    const bundle = sigstore.signKeyless({
      digest: DIGEST,
      ephemeralKey: key,
      rekor: 'v1',
      logged: { verifier: { certificate: der } },
    });
    bundle.json.verificationMaterial.certificate.rawBytes = der.toString('base64');
    return [keyless(`issued by ${label}`, bundle.bytes())];
  });
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
type Log = any;

function ofRoots(): CosignCase[] {
  const now = Date.now();
  const other = createFakeSigstore({ clock: Date.now });
  const theirs = JSON.parse(other.trustedRootJson);
  const past = { end: new Date(now - 3600_000).toISOString() };
  const future = { start: new Date(now + 3600_000).toISOString() };
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const changes: [string, (root: any) => void][] = [
    ['no logs', (root) => (root.tlogs = [])],
    ['logs of another', (root) => (root.tlogs = theirs.tlogs)],
    ['no log of certificates', (root) => (root.ctlogs = [])],
    ['log of certificates of another', (root) => (root.ctlogs = theirs.ctlogs)],
    ['no authorities', (root) => (root.certificateAuthorities = [])],
    ['authorities of another', (root) => (root.certificateAuthorities = theirs.certificateAuthorities)],
    ['both authorities', (root) => root.certificateAuthorities.unshift(...theirs.certificateAuthorities)],
    [
      'authorities the other way round',
      (root) => root.certificateAuthorities[0].certChain.certificates.reverse(),
    ],
    ['the root certificate alone', (root) => root.certificateAuthorities[0].certChain.certificates.shift()],
    ['no timestamp authorities', (root) => (root.timestampAuthorities = [])],
    ['timestamp authority of another', (root) => (root.timestampAuthorities = theirs.timestampAuthorities)],
    [
      'timestamp authority without its certificate',
      (root) => root.timestampAuthorities[0].certChain.certificates.shift(),
    ],
    ['timestamp certificate alone', (root) => root.timestampAuthorities[0].certChain.certificates.pop()],
    ['authorities that ended', (root) => Object.assign(root.certificateAuthorities[0].validFor, past)],
    ['authorities to come', (root) => Object.assign(root.certificateAuthorities[0].validFor, future)],
    ['timestamp authority that ended', (root) => Object.assign(root.timestampAuthorities[0].validFor, past)],
    ['timestamp authority to come', (root) => Object.assign(root.timestampAuthorities[0].validFor, future)],
    ['logs that ended', (root) => root.tlogs.map((log: Log) => Object.assign(log.publicKey.validFor, past))],
    ['logs to come', (root) => root.tlogs.map((log: Log) => Object.assign(log.publicKey.validFor, future))],
    ['log of certificates that ended', (root) => Object.assign(root.ctlogs[0].publicKey.validFor, past)],
    [
      'logs under another name',
      (root) => root.tlogs.map((log: Log) => (log.baseUrl = 'https://other.example')),
    ],
    ['logs with a port', (root) => root.tlogs.map((log: Log) => (log.baseUrl += ':8443/path'))],
    ['logs without an address', (root) => root.tlogs.map((log: Log) => delete log.baseUrl)],
    [
      'logs with the keys of another',
      (root) => root.tlogs.map((log: Log, i: number) => (log.publicKey = theirs.tlogs[i].publicKey)),
    ],
  ];
  return changes.flatMap(([label, change]) => {
    const root = sigstore.trustedRoot(change);
    const wanted = { trust: keylessTrust(root), root };
    const withKey = { trust: keyTrust(sigstore.publicKeyPem, root), root };
    const legacy = sigstore.signLegacy({ digest: DIGEST, keyless: true, timestamp: true });
    return [
      keyless(`root with ${label}, v2`, sigstore.signKeyless({ digest: DIGEST }).bytes(), wanted),
      keyless(
        `root with ${label}, v1`,
        sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' }).bytes(),
        wanted,
      ),
      byKey(`root with ${label}, key v2`, sigstore.signWithKey({ digest: DIGEST }).bytes(), withKey),
      byKey(
        `root with ${label}, key v1`,
        sigstore.signWithKey({ digest: DIGEST, rekor: 'v1' }).bytes(),
        withKey,
      ),
      legacyKeyless(`root with ${label}, legacy`, legacy, wanted),
      legacyKeyless(`root with ${label}, legacy stamp`, legacy, {
        ...wanted,
        flags: { useSignedTimestamps: true },
      }),
    ];
  });
}

function ofEntries(): CosignCase[] {
  const of = (rekor: 'v1' | 'v2') => sigstore.signKeyless({ digest: DIGEST, rekor, timestamp: true });
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const changes: [string, (material: any, json: any) => void][] = [
    ['no entry', (material) => (material.tlogEntries = [])],
    ['the entry twice', (material) => material.tlogEntries.push(material.tlogEntries[0])],
    [
      'an entry of another bundle',
      (material) => (material.tlogEntries = of('v1').json.verificationMaterial.tlogEntries),
    ],
    [
      'an entry of another log too',
      (material) =>
        material.tlogEntries.push(
          ...createFakeSigstore().signKeyless({ digest: DIGEST, rekor: 'v1' }).json.verificationMaterial
            .tlogEntries,
        ),
    ],
    [
      'an entry of the other version too',
      (material) => material.tlogEntries.push(...of('v2').json.verificationMaterial.tlogEntries),
    ],
    ['33 entries', (material) => (material.tlogEntries = Array(33).fill(material.tlogEntries[0]))],
    ['no promise', (material) => delete material.tlogEntries[0].inclusionPromise],
    ['no proof', (material) => delete material.tlogEntries[0].inclusionProof],
    ['another proof size', (material) => material.tlogEntries[0].inclusionProof.hashes.pop()],
    [
      'a witness',
      (material) =>
        (material.tlogEntries[0].inclusionProof.checkpoint.envelope += '\u2014 witness.example AAAAAAEC\n'),
    ],
    ['a witness first', (material) => addFirst(material, '\u2014 witness.example AAAAAAEC\n')],
    [
      'an extension line',
      (material) =>
        (material.tlogEntries[0].inclusionProof.checkpoint.envelope =
          material.tlogEntries[0].inclusionProof.checkpoint.envelope.replace('\n\n', '\nmore\n\n')),
    ],
    ['no timestamps', (material) => delete material.timestampVerificationData],
    [
      'a broken timestamp',
      (material) => (material.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = 'AAAA'),
    ],
    [
      'a broken timestamp too',
      (material) => material.timestampVerificationData.rfc3161Timestamps.unshift({ signedTimestamp: 'AAAA' }),
    ],
    [
      'a timestamp of something else',
      (material) =>
        (material.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = sigstore.tsa
          .stamp(Buffer.from('x'), Date.now())
          .toString('base64')),
    ],
    [
      'a timestamp with its certificate',
      (material, json) =>
        (material.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = sigstore.tsa
          .stamp(Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64'), Date.now(), {
            withCertificate: true,
          })
          .toString('base64')),
    ],
    [
      '33 timestamps',
      (material) =>
        (material.timestampVerificationData.rfc3161Timestamps = Array(33).fill(
          material.timestampVerificationData.rfc3161Timestamps[0],
        )),
    ],
    [
      'a timestamp before its time',
      (material, json) =>
        (material.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = sigstore.tsa
          .stamp(Buffer.from(json.dsseEnvelope.signatures[0].sig, 'base64'), Date.now() - 7200_000)
          .toString('base64')),
    ],
    ['two signatures', (_, json) => json.dsseEnvelope.signatures.push(json.dsseEnvelope.signatures[0])],
    ['no signature', (_, json) => (json.dsseEnvelope.signatures = [])],
    [
      'names in snake case',
      (material) => {
        material.tlog_entries = material.tlogEntries;
        delete material.tlogEntries;
      },
    ],
    [
      'a chain instead of the certificate',
      (material) => {
        material.x509CertificateChain = { certificates: [material.certificate] };
        delete material.certificate;
      },
    ],
    [
      'a key instead of the certificate',
      (material) => {
        material.publicKey = { hint: 'a' };
        delete material.certificate;
      },
    ],
    ['a certificate that is none', (material) => (material.certificate.rawBytes = 'AAAA')],
    [
      'an older version',
      (_, json) => (json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'),
    ],
    [
      'the older name of its version',
      (_, json) => (json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.3'),
    ],
    ['a later version', (_, json) => (json.mediaType = 'application/vnd.dev.sigstore.bundle.v0.4+json')],
    [
      'a patch of its version',
      (_, json) => (json.mediaType = 'application/vnd.dev.sigstore.bundle.v0.3.1+json'),
    ],
  ];
  return changes.flatMap(([label, change]) =>
    (['v1', 'v2'] as const).flatMap((rekor) => {
      const bundle = of(rekor);
      change(bundle.json.verificationMaterial, bundle.json);
      return [
        keyless(`${label}, ${rekor}`, bundle.bytes()),
        keyless(`${label}, ${rekor}, stamp`, bundle.bytes(), { flags: { useSignedTimestamps: true } }),
        keyless(`${label}, ${rekor}, no log`, bundle.bytes(), { flags: { ignoreTlog: true } }),
        keyless(`${label}, ${rekor}, no log, stamp`, bundle.bytes(), {
          flags: { ignoreTlog: true, useSignedTimestamps: true },
        }),
        byKey(`${label}, ${rekor}, with a key`, bundle.bytes()),
      ];
    }),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
function addFirst(material: any, line: string): void {
  const { checkpoint } = material.tlogEntries[0].inclusionProof;
  checkpoint.envelope = checkpoint.envelope.replace('\n\n', `\n\n${line}`);
}

/** Several signatures of one chart, readable or not. */
export function listCases(): CosignCase[] {
  const good = sigstore.signWithKey({ digest: DIGEST }).bytes();
  const other = sigstore.signWithKey({ digest: DIGEST, key: createFakeKey() }).bytes();
  const old = sigstore
    .signWithKey({
      digest: DIGEST,
      rekor: 'v1',
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    })
    .bytes();
  const layer = sigstore.signLegacy({ digest: DIGEST });
  const wrong = sigstore.signLegacy({ digest: DIGEST, key: createFakeKey() });
  const lists: [string, Uint8Array[], CosignCase['layers']][] = [
    ['nothing', [], undefined],
    ['junk', [Buffer.from('junk')], undefined],
    ['junk and a good one', [Buffer.from('{}'), good], undefined],
    ['one of another and a good one', [other, good], undefined],
    ['a legacy signature', [], [layer]],
    ['junk and a legacy signature', [Buffer.from('junk')], [layer]],
    ['an old bundle and a legacy signature', [old], [layer]],
    ['an old bundle alone', [old], undefined],
    ['a bundle of another and a legacy signature', [other], [layer]],
    ['two legacy signatures', [], [wrong, layer]],
    ['legacy manifest without layers', [], []],
  ];
  return lists.map(([label, bundles, layers]) => ({
    ...byKey(label, good),
    bundles,
    ...(layers === undefined ? {} : { layers }),
  }));
}

const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const STAMP = 'dev.sigstore.cosign/rfc3161timestamp';

function ofLegacy(): CosignCase[] {
  const ephemeralKey = createFakeKey();
  const now = Date.now();
  const key = sigstore.signLegacy({ digest: DIGEST, timestamp: true });
  const signed = sigstore.signLegacy({ digest: DIGEST, keyless: true, timestamp: true, ephemeralKey });
  const bare = { ignoreTlog: true };
  const stamps = { ignoreTlog: true, useSignedTimestamps: true };
  const without = (layer: FakeLayer, name: string) => {
    const { [name]: _, ...annotations } = layer.annotations;
    return { ...layer, annotations };
  };
  const wanted = (subject: string, issuer = FAKE_ISSUER, extensions: Record<string, string> = {}) => ({
    trust: keylessTrust(ROOT, [subject], issuer, extensions),
  });
  const make = (options: object) =>
    sigstore.signLegacy({ digest: DIGEST, keyless: true, timestamp: true, ...options });
  return [
    legacyByKey('legacy', key),
    legacyByKey('legacy without log', without(key, BUNDLE), { flags: { offline: true } }),
    legacyByKey('legacy without log, ignored', without(key, BUNDLE), { flags: bare }),
    legacyByKey('legacy with stamps', key, { flags: stamps }),
    legacyByKey('legacy without stamps', without(key, STAMP), { flags: stamps }),
    legacyByKey('legacy without signature', without(key, SIGNATURE)),
    legacyByKey('legacy without signature, no log', without(key, SIGNATURE), { flags: bare }),
    legacyByKey('legacy with an empty signature', withAnnotation(key, SIGNATURE, ''), { flags: bare }),
    legacyByKey(
      'legacy with a signature of lines',
      withAnnotation(key, SIGNATURE, `${key.annotations[SIGNATURE]}\n`),
      { flags: bare },
    ),
    legacyByKey('legacy with a signature that is no base64', withAnnotation(key, SIGNATURE, '????'), {
      flags: bare,
    }),
    legacyByKey('legacy with another bundle', withAnnotation(key, BUNDLE, signed.annotations[BUNDLE]!)),
    legacyByKey('legacy with a certificate', signed),
    legacyByKey('legacy with the key of its certificate', signed, {
      trust: keyTrust(ephemeralKey.publicKeyPem, ROOT),
      key: ephemeralKey.publicKeyPem,
    }),
    legacyByKey('legacy of another chart', sigstore.signLegacy({ digest: OTHER_DIGEST })),
    legacyByKey('legacy of a broken stamp', withAnnotation(key, STAMP, '{}'), { flags: stamps }),
    legacyByKey('legacy of a stamp that is no JSON', withAnnotation(key, STAMP, 'x'), { flags: stamps }),
    legacyKeyless('legacy keyless', signed),
    legacyKeyless('legacy keyless without log', without(signed, BUNDLE), { flags: { offline: true } }),
    legacyKeyless('legacy keyless, log ignored', signed, { flags: bare }),
    legacyKeyless('legacy keyless with stamps', signed, { flags: stamps }),
    legacyKeyless('legacy keyless with log and stamps', signed, { flags: { useSignedTimestamps: true } }),
    legacyKeyless('legacy keyless without certificate', without(signed, CERTIFICATE)),
    legacyKeyless('legacy keyless without certificate, no log', without(signed, CERTIFICATE), {
      flags: bare,
    }),
    legacyKeyless('legacy keyless by key', key),
    legacyKeyless('legacy keyless by another', signed, wanted('somebody')),
    legacyKeyless('legacy keyless of another issuer', signed, wanted(FAKE_IDENTITY, 'https://other.example')),
    legacyKeyless('legacy keyless of a glob', signed, wanted(FAKE_IDENTITY.replace(/v1.2.3$/, '*'))),
    legacyKeyless(
      'legacy keyless with a trigger',
      signed,
      wanted(FAKE_IDENTITY, FAKE_ISSUER, { githubWorkflowTrigger: 'push' }),
    ),
    legacyKeyless(
      'legacy keyless with another trigger',
      signed,
      wanted(FAKE_IDENTITY, FAKE_ISSUER, { githubWorkflowTrigger: 'cron' }),
    ),
    legacyKeyless('legacy keyless without SCT', make({ sct: false })),
    legacyKeyless('legacy keyless without SCT, ignored', make({ sct: false }), {
      flags: { ignoreSct: true },
    }),
    legacyKeyless('legacy keyless by mail', make({ identity: 'dev@example.com' }), wanted('dev@example.com')),
    ...[undefined, bare, stamps].flatMap((flags) => [
      legacyKeyless(
        'legacy keyless, expired an hour ago',
        make({ at: now - 3600_000 }),
        flags ? { flags } : {},
      ),
      legacyKeyless(
        'legacy keyless, signed too late',
        make({ certificate: { notBefore: now - 3600_000 } }),
        flags ? { flags } : {},
      ),
      legacyKeyless(
        'legacy keyless, signed too early',
        make({ certificate: { notBefore: now + 3600_000 } }),
        flags ? { flags } : {},
      ),
    ]),
  ];
}

/** The bundles of sigstore's conformance suite, those of older versions called v0.3 so that cosign reads them. */
export function conformanceCases(vectors: string): CosignCase[] {
  const folder = join(vectors, 'sigstore');
  const read = (...path: string[]) => readFileSync(join(folder, ...path));
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): CosignCase[] => {
    // Its key is none, which the reader of keys finds out.
    if (!entry.isDirectory() || entry.name === 'managed-key-wrong-key_fail') return [];
    const has = (name: string) => existsSync(join(folder, entry.name, name));
    const text = (name: string, otherwise: string) =>
      has(name) ? read(entry.name, name).toString('utf8').trim() : otherwise;
    const artifact = has('artifact') ? read(entry.name, 'artifact') : read('a.txt');
    const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
    const root = has('trusted_root.json')
      ? read(entry.name, 'trusted_root.json')
      : read('trusted_root.public-good.json');
    const bytes = read(entry.name, 'bundle.sigstore.json');
    const trust = has('key.pub')
      ? keyTrust(read(entry.name, 'key.pub').toString('utf8'), root)
      : keylessTrust(root, [text('identity', CONFORMANCE_IDENTITY)], text('issuer', FAKE_ISSUER));
    const key = has('key.pub') ? { key: read(entry.name, 'key.pub').toString('utf8') } : {};
    const flags: Partial<CosignFlags>[] = [
      {},
      { ignoreSct: true },
      { ignoreTlog: true },
      { useSignedTimestamps: true },
      { ignoreTlog: true, useSignedTimestamps: true },
    ];
    return [['', bytes] as const, [' as v0.3', asVersion3(bytes)] as const].flatMap(([label, bundle]) =>
      bundle === undefined
        ? []
        : flags.map((one) => ({
            label: `${entry.name}${label} ${JSON.stringify(one)}`,
            digest,
            bundles: [bundle],
            trust,
            root,
            ...key,
            flags: one,
          })),
    );
  });
}

const CONFORMANCE_IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';

function asVersion3(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const json = JSON.parse(Buffer.from(bytes).toString('utf8'));
    json.mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const material = json.verificationMaterial;
    const [certificate] = material.x509CertificateChain?.certificates ?? [];
    if (certificate !== undefined) {
      delete material.x509CertificateChain;
      material.certificate = certificate;
    }
    return Buffer.from(JSON.stringify(json));
  } catch {
    return undefined;
  }
}

function byKey(label: string, bundle: Uint8Array, more: Partial<CosignCase> = {}): CosignCase {
  const { publicKeyPem: key } = sigstore;
  return { label, digest: DIGEST, bundles: [bundle], trust: keyTrust(key, ROOT), root: ROOT, key, ...more };
}

function keyless(label: string, bundle: Uint8Array, more: Partial<CosignCase> = {}): CosignCase {
  return { label, digest: DIGEST, bundles: [bundle], trust: keylessTrust(ROOT), root: ROOT, ...more };
}

type Layer = Pick<FakeLayer, 'bytes' | 'annotations'>;

function legacyByKey(label: string, layer: Layer, more: Partial<CosignCase> = {}): CosignCase {
  return { ...byKey(label, Buffer.from(''), more), bundles: [], layers: [layer] };
}

function legacyKeyless(label: string, layer: Layer, more: Partial<CosignCase> = {}): CosignCase {
  return { ...keyless(label, Buffer.from(''), more), bundles: [], layers: [layer] };
}

function withAnnotation(layer: FakeLayer, name: string, value: string): FakeLayer {
  return { ...layer, annotations: { ...layer.annotations, [name]: value } };
}

// biome-ignore lint/suspicious/noExplicitAny: JSON
function change(bundle: FakeBundle, spoil: (json: any) => void): Uint8Array {
  spoil(bundle.json);
  return bundle.bytes();
}

function keyTrust(pem: string, root: Uint8Array): SigstoreTrust {
  const keyObject = createPublicKey(pem);
  const spki = keyObject.export({ type: 'spki', format: 'der' });
  const key = { spki, fingerprint: '', hint: '', algorithm: '', keyObject };
  return { ...common(root), identity: { kind: 'key', key } };
}

function keylessTrust(
  root: Uint8Array,
  subjects: string[] = [FAKE_IDENTITY],
  issuer: string = FAKE_ISSUER,
  extensions: Record<string, string> = {},
): SigstoreTrust {
  const identity = {
    kind: 'keyless' as const,
    issuer,
    subjects,
    extensions: new Map(Object.entries(extensions)),
  };
  return { ...common(root), identity };
}

function common(root: Uint8Array): Omit<SigstoreTrust, 'identity'> {
  const file = JSON.parse(Buffer.from(root).toString('utf8'));
  return {
    scheme: 'sigstore',
    name: 'signer',
    predicateTypes: ['https://sigstore.dev/cosign/sign/v1'],
    annotations: new Map(),
    transparencyLog: 'required',
    certificateTransparency: 'required',
    root: { digest: '', material: toTrustMaterial(TrustedRootFile.fromJSON(file)) },
  };
}

function mutants(json: unknown) {
  return mutateJson(JSON.stringify(json), (_, value) => (typeof value === 'string' ? 'AAAA' : {}));
}
