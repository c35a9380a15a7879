import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  COSIGN_SIGN,
  createKeylessSigner,
  createKeySigner,
  readCosignKey,
  readSigningConfig,
  type SigningKey,
} from '../../../src/sigstore/index.ts';
import { createRekor } from '../../support/sigstore/index.ts';
import {
  answerLogV2,
  createSigstoreServices,
  FULCIO,
  ISSUER,
  identityOf,
  NOW,
  REKOR_1,
  REKOR_2,
  type SigstoreServices,
  signingConfigJson,
  TSA,
} from '../../support/sigstore-services/index.ts';
import { bundleItem, judge, keyIdentity, keyless, legacyItem } from './judge.ts';

const digest = `sha256:${'4c'.repeat(32)}`;
const input = { subject: { digest }, at: NOW };
const repository = 'registry.example.com/charts/app';

let services: SigstoreServices;
beforeEach(() => {
  services = createSigstoreServices();
});

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const KEYS: Record<string, () => KeyObject> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  'P-521': () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'RSA-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  Ed25519: () => generateKeyPairSync('ed25519').privateKey,
};
const newKey = (kind = 'P-256'): Promise<SigningKey> => readCosignKey(pem(KEYS[kind]!()));
const config = (...names: Parameters<typeof signingConfigJson>[0]) =>
  readSigningConfig(signingConfigJson(names));
const bundleOf = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

describe('a signature with a key', () => {
  test.each(Object.keys(KEYS))('%s, neither log nor timestamp: verifies', async (kind) => {
    const key = await newKey(kind);
    const signer = createKeySigner({ ...services.environment, key });
    const signed = await signer.sign(input);
    expect(signed).toMatchObject({
      predicateType: COSIGN_SIGN,
      signer: { fingerprint: key.public.fingerprint },
    });
    const identity = await keyIdentity(key.publicPem);
    const o = { sigstore: services.sigstore, log: 'optional' } as const;
    expect(await judge(bundleItem(signed), digest, identity, o)).toBe('held');
    expect(services.calls).toEqual([]);
  });

  test.each(['P-256', 'P-384', 'P-521', 'RSA-2048'])(
    '%s, log of version 2 and timestamp: verifies',
    async (kind) => {
      const key = await newKey(kind);
      const signer = createKeySigner({
        ...services.environment,
        key,
        signingConfig: config('rekor2', 'tsa'),
      });
      const signed = await signer.sign(input);
      const identity = await keyIdentity(key.publicPem);
      expect(await judge(bundleItem(signed), digest, identity, { sigstore: services.sigstore })).toBe('held');
      expect(services.calls.map(({ url }) => url).sort()).toEqual([`${REKOR_2}/api/v2/log/entries`, TSA]);
    },
  );

  test.each(['P-256', 'RSA-2048', 'Ed25519'])('%s, log of version 1: verifies', async (kind) => {
    const key = await newKey(kind);
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('rekor1') });
    const signed = await signer.sign(input);
    const identity = await keyIdentity(key.publicPem);
    expect(await judge(bundleItem(signed), digest, identity, { sigstore: services.sigstore })).toBe('held');
    expect(bundleOf(signed.bundle).verificationMaterial.tlogEntries[0].kindVersion).toEqual({
      kind: 'dsse',
      version: '0.0.1',
    });
  });

  test('says what cosign says: the bytes of the statement, the hint, no key id', async () => {
    const key = await newKey();
    const { bundle } = await createKeySigner({ ...services.environment, key }).sign({
      ...input,
      annotations: { team: 'core', env: 'prod' },
    });
    const { mediaType, verificationMaterial, dsseEnvelope } = bundleOf(bundle);
    expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json');
    expect(verificationMaterial).toEqual({ publicKey: { hint: key.public.hint } });
    expect(Object.keys(dsseEnvelope.signatures[0])).toEqual(['sig']);
    expect(dsseEnvelope.payloadType).toBe('application/vnd.in-toto+json');
    expect(Buffer.from(dsseEnvelope.payload, 'base64').toString()).toBe(
      `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${'4c'.repeat(32)}"},` +
        '"annotations":{"env":"prod","team":"core"}}],' +
        '"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}',
    );
  });

  test('without annotations has an empty map of them, as that of cosign', async () => {
    const key = await newKey();
    const { bundle } = await createKeySigner({ ...services.environment, key }).sign(input);
    const { subject } = JSON.parse(Buffer.from(bundleOf(bundle).dsseEnvelope.payload, 'base64').toString());
    expect(subject[0].annotations).toEqual({});
  });

  test('signs the annotations that a policy may ask for', async () => {
    const key = await newKey();
    const signer = createKeySigner({ ...services.environment, key });
    const signed = await signer.sign({ ...input, annotations: { team: 'core' } });
    const identity = await keyIdentity(key.publicPem);
    const o = { sigstore: services.sigstore, log: 'optional' } as const;
    expect(await judge(bundleItem(signed), digest, identity, { ...o, annotations: { team: 'core' } })).toBe(
      'held',
    );
    expect(await judge(bundleItem(signed), digest, identity, { ...o, annotations: { team: 'x' } })).toContain(
      'sigstore.annotation_mismatch',
    );
  });

  test('of the same chart by RSA again: the log has that signature, so another is made of the same statement', async () => {
    const key = await newKey('RSA-2048');
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('rekor2', 'tsa') });
    const [first, second] = [await signer.sign(input), await signer.sign(input)];
    const identity = await keyIdentity(key.publicPem);
    for (const signed of [first, second]) {
      expect(await judge(bundleItem(signed), digest, identity, { sigstore: services.sigstore })).toBe('held');
    }
    const payloads = [first, second].map(({ bundle }) =>
      Buffer.from(bundleOf(bundle).dsseEnvelope.payload, 'base64').toString(),
    );
    expect(payloads[0]).not.toBe(payloads[1]);
    expect(JSON.parse(payloads[1]!)).toEqual(JSON.parse(payloads[0]!));
  });

  test('that the log calls a duplicate again and again: given up, to be tried again', async () => {
    services.instead.set(REKOR_2, () => Response.json({ message: 'equivalent entry' }, { status: 409 }));
    const key = await newKey();
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('rekor2') });
    await expect(signer.sign(input)).rejects.toMatchObject({ code: 'sign.log_duplicate', retryable: true });
    expect(services.calls).toHaveLength(3);
  });

  test('is in all logs and has all timestamps that the signing config asks for', async () => {
    const other = 'https://other.fake.example';
    const log = createRekor(2, 'other.fake.example');
    services.instead.set(other, (call) => answerLogV2(call, log, { v1: new Map(), v2: new Set() }, NOW));
    const all = signingConfigJson(['rekor2', 'tsa'], (json) => {
      json.rekorTlogUrls.push({ ...json.rekorTlogUrls[0], url: other, operator: 'other.example' });
      json.rekorTlogConfig = { selector: 'ALL' };
      json.tsaUrls.push({ ...json.tsaUrls[0], operator: 'other.example' });
      json.tsaConfig = { selector: 'EXACT', count: 2 };
    });
    const signingConfig = readSigningConfig(all);
    const signer = createKeySigner({ ...services.environment, key: await newKey(), signingConfig });
    const { tlogEntries, timestampVerificationData } = bundleOf(
      (await signer.sign(input)).bundle,
    ).verificationMaterial;
    expect(tlogEntries.map((entry: { logId: { keyId: string } }) => entry.logId.keyId)).toEqual([
      services.sigstore.rekorV2.logId.toString('base64'),
      log.logId.toString('base64'),
    ]);
    expect(timestampVerificationData.rfc3161Timestamps).toHaveLength(2);
  });

  test.each([
    ['Ed25519', 'rekor2', 'Ed25519ph'],
    ['P-384', 'rekor1', 'SHA-256'],
    ['P-521', 'rekor1', 'SHA-256'],
  ] as const)(
    'by %s with %s, which cannot hold it: refused at start, with the reason',
    async (kind, log, why) => {
      const key = await newKey(kind);
      const signingConfig = config(log, 'tsa');
      expect(() => createKeySigner({ ...services.environment, key, signingConfig })).toThrow(
        expect.objectContaining({ code: 'sign.cosign_key_unusable', message: expect.stringContaining(why) }),
      );
    },
  );

  test.each([
    ['Ed25519', 'rekor1', 'rekor2'],
    ['P-384', 'rekor2', 'rekor1'],
  ] as const)(
    'by %s, when the log of the signing config changes later: refused then',
    async (kind, now, later) => {
      const key = await newKey(kind);
      const signingConfig = {
        ...config(now),
        logs: [
          ...config(now).logs.map((log) => ({ ...log, validUntil: NOW + 1000 })),
          ...config(later).logs.map((log) => ({ ...log, validFrom: NOW + 1000 })),
        ],
      };
      const signer = createKeySigner({ ...services.environment, key, signingConfig });
      await signer.sign(input);
      await expect(signer.sign({ ...input, at: NOW + 2000 })).rejects.toMatchObject({
        code: 'sign.cosign_key_unusable',
      });
    },
  );

  test('of something that is no digest: refused', async () => {
    const signer = createKeySigner({ ...services.environment, key: await newKey() });
    const of = (text: string) => signer.sign({ ...input, subject: { digest: text } });
    await expect(of('sha256:abc')).rejects.toMatchObject({ code: 'reference.invalid' });
    await expect(of(`sha512:${'a'.repeat(128)}`)).rejects.toMatchObject({ code: 'reference.invalid' });
  });

  test('of annotations without end: refused', async () => {
    const signer = createKeySigner({ ...services.environment, key: await newKey() });
    const annotations = { long: 'x'.repeat(70_000) };
    await expect(signer.sign({ ...input, annotations })).rejects.toMatchObject({ code: 'request.too_large' });
  });

  test('that is not wanted any more: given up at once, and the services are told', async () => {
    const seen: AbortSignal[] = [];
    const controller = new AbortController();
    const fetch = ((_: string, init: RequestInit) => {
      seen.push(init.signal!);
      if (seen.length === 2) controller.abort();
      return new Promise(() => {});
    }) as unknown as typeof globalThis.fetch;
    const signingConfig = config('rekor2', 'tsa');
    const signer = createKeySigner({ ...services.environment, fetch, key: await newKey(), signingConfig });
    await expect(signer.sign({ ...input, signal: controller.signal })).rejects.toMatchObject({
      code: 'sign.service_unavailable',
    });
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('of which the timestamp fails: the log is not waited for', async () => {
    const seen: AbortSignal[] = [];
    const fetch = (async (url: string, init: RequestInit) => {
      seen.push(init.signal!);
      return url === TSA ? new Response('no', { status: 403 }) : new Promise(() => {});
    }) as unknown as typeof globalThis.fetch;
    const signingConfig = config('rekor2', 'tsa');
    const signer = createKeySigner({ ...services.environment, fetch, key: await newKey(), signingConfig });
    await expect(signer.sign(input)).rejects.toMatchObject({ code: 'sign.service_refused' });
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('tells what cosign must be told to verify it', async () => {
    const flags = async (kind: string, ...names: Parameters<typeof config>) =>
      createKeySigner({
        ...services.environment,
        key: await newKey(kind),
        signingConfig: names.length === 0 ? undefined : config(...names),
      }).cosignFlags;
    expect(await flags('P-256', 'rekor2')).toEqual([]);
    expect(await flags('P-256')).toEqual(['--insecure-ignore-tlog']);
    expect(await flags('P-384', 'rekor2')).toEqual(['--signature-digest-algorithm', 'sha384']);
    expect(await flags('P-521')).toEqual([
      '--signature-digest-algorithm',
      'sha512',
      '--insecure-ignore-tlog',
    ]);
  });
});

describe('a keyless signature', () => {
  const subject = identityOf({});

  test.each<Parameters<typeof signingConfigJson>[0][]>([
    [['rekor1']],
    [['rekor2', 'tsa']],
    [['rekor1', 'tsa']],
  ])('%j: verifies', async (names) => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', ...names),
    });
    const signed = await signer.sign({ ...input, identityToken: await services.token() });
    expect(signed.signer).toEqual({ issuer: ISSUER, subject });
    const o = { sigstore: services.sigstore };
    expect(await judge(bundleItem(signed), digest, keyless(ISSUER, subject), o)).toBe('held');
    expect(await judge(bundleItem(signed), digest, keyless(ISSUER, 'somebody@else'), o)).toContain(
      'sigstore.identity_mismatch',
    );
  });

  test('with timestamps and no log: verifies where no log is asked for', async () => {
    const signer = createKeylessSigner({ ...services.environment, signingConfig: config('fulcio', 'tsa') });
    expect(signer.cosignFlags).toEqual(['--insecure-ignore-tlog', '--use-signed-timestamps']);
    const signed = await signer.sign({ ...input, identityToken: await services.token() });
    const o = { sigstore: services.sigstore, log: 'optional' } as const;
    expect(await judge(bundleItem(signed), digest, keyless(ISSUER, subject), o)).toBe('held');
  });

  test('proves the key by the e-mail address where the token has one, else by the subject', async () => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const identityToken = await services.token({ email: 'dev@example.com', email_verified: true });
    const signed = await signer.sign({ ...input, identityToken });
    expect(signed.signer).toEqual({ issuer: ISSUER, subject: 'dev@example.com' });
  });

  test('is made though the proof of the certificate log lies beside the certificate, or there is none', async () => {
    services.instead.set(FULCIO, async (call) => {
      services.instead.delete(FULCIO);
      const honest = await services.fetch(call.url, { method: 'POST', body: call.body as BodyInit });
      const { signedCertificateEmbeddedSct } = (await honest.json()) as {
        signedCertificateEmbeddedSct: object;
      };
      return Response.json({
        signedCertificateDetachedSct: { ...signedCertificateEmbeddedSct, signedCertificateTimestamp: '' },
      });
    });
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const signed = await signer.sign({ ...input, identityToken: await services.token() });
    const o = { sigstore: services.sigstore };
    expect(await judge(bundleItem(signed), digest, keyless(ISSUER, subject), o)).toBe('held');
  });

  test('is made with a token that came from a file, with a line end', async () => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const identityToken = `${await services.token()}\n`;
    expect((await signer.sign({ ...input, identityToken })).signer).toMatchObject({ issuer: ISSUER });
  });

  test('carries the leaf alone, and each has a key of its own', async () => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const identityToken = await services.token();
    const certificates = [];
    for (let round = 0; round < 2; round++) {
      const { verificationMaterial } = bundleOf((await signer.sign({ ...input, identityToken })).bundle);
      expect(Object.keys(verificationMaterial)).toEqual(['certificate', 'tlogEntries']);
      certificates.push(verificationMaterial.certificate.rawBytes);
    }
    expect(certificates[0]).not.toBe(certificates[1]);
  });

  test('goes with the token to the certificate authority and nowhere else', async () => {
    const signingConfig = config('fulcio', 'rekor2', 'tsa');
    const signer = createKeylessSigner({ ...services.environment, signingConfig });
    const identityToken = await services.token();
    await signer.sign({ ...input, identityToken, legacy: { repository } });
    const told = services.calls.filter(({ url, headers, body }) =>
      `${url} ${JSON.stringify([...headers])} ${Buffer.from(body)}`.includes(identityToken),
    );
    expect(told.map(({ url }) => url)).toEqual([`${FULCIO}/api/v2/signingCert`]);
    expect(services.calls.length).toBeGreaterThan(told.length);
  });

  test.each<[string, () => Promise<string | undefined>]>([
    ['none', async () => undefined],
    ['an empty one', async () => ''],
    ['an expired one', () => services.token({ exp: NOW / 1000 - 1 })],
    ['one of an address that nobody verified', () => services.token({ email: 'a@example.com' })],
    ['no JWT', async () => 'hunter2'],
  ])('with %s for a token: refused before anything is asked', async (_, token) => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    await expect(signer.sign({ ...input, identityToken: await token() })).rejects.toMatchObject({
      code: 'sign.identity_token',
    });
    expect(services.calls).toEqual([]);
  });

  test('with a token of another audience: the authority says no, and what it says is told', async () => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const identityToken = await services.token({ aud: 'somebody' });
    await expect(signer.sign({ ...input, identityToken })).rejects.toMatchObject({
      code: 'sign.identity_refused',
      message:
        'the certificate authority fulcio.fake.example answered 400: There was an error processing the identity token',
    });
  });

  test.each<[string, Parameters<typeof config>, string]>([
    ['certificate authority', ['rekor1', 'tsa'], 'caUrls'],
    ['trusted time: a log of version 2 tells none', ['fulcio', 'rekor2'], 'tsaUrls'],
    ['trusted time at all', ['fulcio'], 'tsaUrls'],
  ])('without a %s: refused at start', (_, names, field) => {
    expect(() => createKeylessSigner({ ...services.environment, signingConfig: config(...names) })).toThrow(
      expect.objectContaining({ code: 'sign.signing_config', message: expect.stringContaining(field) }),
    );
  });
});

describe('a signature for the .sig tag beside it', () => {
  test('with a key and without a log: verifies, and says the repository', async () => {
    const key = await newKey();
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('tsa') });
    const signed = await signer.sign({ ...input, legacy: { repository }, annotations: { team: 'core' } });
    const identity = await keyIdentity(key.publicPem);
    const o = { sigstore: services.sigstore, log: 'optional', annotations: { team: 'core' } } as const;
    expect(await judge(legacyItem(signed), digest, identity, o)).toBe('held');
    expect(Buffer.from(signed.legacy!.payload).toString()).toBe(
      `{"critical":{"identity":{"docker-reference":"${repository}"},` +
        `"image":{"docker-manifest-digest":"${digest}"},"type":"cosign container image signature"},` +
        '"optional":{"team":"core"}}',
    );
    expect(Object.keys(signed.legacy!.annotations)).toEqual([
      'dev.cosignproject.cosign/signature',
      'dev.sigstore.cosign/rfc3161timestamp',
    ]);
  });

  test('with a log of version 1: verifies with the log, an entry of its own', async () => {
    const key = await newKey();
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('rekor1') });
    const signed = await signer.sign({ ...input, legacy: { repository } });
    const identity = await keyIdentity(key.publicPem);
    expect(await judge(legacyItem(signed), digest, identity, { sigstore: services.sigstore })).toBe('held');
    expect(services.calls.map(({ url }) => new URL(url).origin)).toEqual([REKOR_1, REKOR_1]);
  });

  test('with a log of version 2, which it cannot hold: none is entered for it', async () => {
    const key = await newKey();
    const signer = createKeySigner({ ...services.environment, key, signingConfig: config('rekor2', 'tsa') });
    const { legacy } = await signer.sign({ ...input, legacy: { repository } });
    expect(Object.keys(legacy!.annotations)).not.toContain('dev.sigstore.cosign/bundle');
    expect(services.calls.filter(({ url }) => url.startsWith(REKOR_2))).toHaveLength(1);
  });

  test('keyless: one certificate for both', async () => {
    const signer = createKeylessSigner({
      ...services.environment,
      signingConfig: config('fulcio', 'rekor1'),
    });
    const identityToken = await services.token();
    const signed = await signer.sign({ ...input, identityToken, legacy: { repository } });
    const who = keyless(ISSUER, identityOf({}));
    expect(await judge(legacyItem(signed), digest, who, { sigstore: services.sigstore })).toBe('held');
    expect(await judge(bundleItem(signed), digest, who, { sigstore: services.sigstore })).toBe('held');
    expect(services.calls.filter(({ url }) => url.startsWith(FULCIO))).toHaveLength(1);
  });

  test('is not made unless it is asked for', async () => {
    const signer = createKeySigner({ ...services.environment, key: await newKey() });
    expect(await signer.sign(input)).not.toHaveProperty('legacy');
  });

  test('by Ed25519 into a log of version 1, whose entry holds a hash: refused at start where it is to be made', async () => {
    const o = { ...services.environment, key: await newKey('Ed25519'), signingConfig: config('rekor1') };
    expect(() => createKeySigner({ ...o, legacy: true })).toThrow(
      expect.objectContaining({ code: 'sign.cosign_key_unusable' }),
    );
    expect(createKeySigner(o).kind).toBe('key');
  });
});
