import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { withoutToken } from '../../src/signing/without-token.ts';
import {
  createKeylessSigner,
  createKeySigner,
  generateCosignKey,
  readCosignKey,
  readIdentityToken,
  readSigningConfig,
  vaultCosignKey,
} from '../../src/sigstore/index.ts';
import {
  createSigstoreServices,
  FULCIO,
  NOW,
  REKOR_1,
  type ServiceCall,
  signingConfigJson,
  TSA,
} from '../support/sigstore-services/index.ts';
import { createTransit, TOKEN, VAULT } from '../support/transit.ts';

/** Whatever goes wrong while signing, no message, stack or cause holds an identity token, a private key or a passphrase. */

const input = { subject: { digest: `sha256:${'4c'.repeat(32)}` }, at: NOW };
const PASSPHRASE = 'correct horse battery staple';

/** Every run of 14 characters of a secret: a part of it is told too much already. */
function partsOf(secret: string): string[] {
  return Array.from({ length: Math.max(1, secret.length - 13) }, (_, at) => secret.slice(at, at + 14));
}

function expectUntold(told: unknown, secrets: string[]): void {
  const text = inspect(told, { depth: 12, showHidden: true, maxStringLength: null });
  expect(secrets.flatMap(partsOf).filter((part) => text.includes(part))).toEqual([]);
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ChartsealError);
  return error;
}

describe('an identity token is not told', () => {
  const sent = ({ headers, body, url }: ServiceCall) =>
    `${url} ${JSON.stringify([...headers])} ${Buffer.from(body).toString()}`;
  const cases: [string, string, (call: ServiceCall, token: string) => Response | Promise<Response>][] = [
    [
      'that the authority repeats whole',
      FULCIO,
      (_, token) => Response.json({ message: `bad token ${token}` }, { status: 400 }),
    ],
    [
      'that it repeats as plain text',
      FULCIO,
      (_, token) => new Response(`bad token "${token}"`, { status: 401 }),
    ],
    [
      'that it repeats twice, after much else',
      FULCIO,
      (_, token) => new Response(`${' '.repeat(100)}${'x '.repeat(90)}${token}${token}`, { status: 403 }),
    ],
    [
      'of which it repeats the claims as they were sent',
      FULCIO,
      (_, token) => new Response(`claims ${token.split('.')[1]}`, { status: 400 }),
    ],
    [
      'of which it repeats the signature',
      FULCIO,
      (_, token) => new Response(token.split('.')[2], { status: 400 }),
    ],
    [
      'of which it repeats the first half',
      FULCIO,
      (_, token) => new Response(token.slice(0, 100), { status: 404 }),
    ],
    [
      'of which it repeats a piece in the middle',
      FULCIO,
      (_, token) => new Response(`…${token.slice(61, 99)}…`, { status: 404 }),
    ],
    ['when everything that was sent comes back', FULCIO, (call) => new Response(sent(call), { status: 400 })],
    ['when everything that was sent comes back as an answer', FULCIO, (call) => new Response(sent(call))],
    [
      'when it is in the address of a redirect',
      FULCIO,
      (_, token) =>
        new Response(null, { status: 302, headers: { location: `https://evil.example/?${token}` } }),
    ],
    [
      'when fetch fails and quotes the request',
      FULCIO,
      (call) => Promise.reject(new TypeError(`fetch failed: ${sent(call)}`)),
    ],
    [
      'when its cause does',
      FULCIO,
      (call, token) =>
        Promise.reject(
          new TypeError('fetch failed', { cause: Object.assign(new Error(sent(call)), { code: token }) }),
        ),
    ],
    ['when the authority fails', FULCIO, (call) => new Response(sent(call), { status: 500 })],
    ['when the log refuses', REKOR_1, (call) => new Response(sent(call), { status: 400 })],
    [
      'when the timestamp authority refuses',
      new URL(TSA).origin,
      (call) => new Response(sent(call), { status: 400 }),
    ],
  ];

  test.each(cases)('%s', async (_, origin, answer) => {
    const services = createSigstoreServices();
    const identityToken = await services.token();
    services.instead.set(origin, (call) => answer(call, identityToken));
    const signingConfig = readSigningConfig(signingConfigJson(['fulcio', 'rekor1', 'tsa']));
    const signer = createKeylessSigner({ ...services.environment, signingConfig });
    expectUntold(await errorOf(signer.sign({ ...input, identityToken })), [identityToken]);
    expectUntold(signer, [identityToken]);
  });

  test('that cannot be read or has expired', async () => {
    const services = createSigstoreServices();
    const signingConfig = readSigningConfig(signingConfigJson(['fulcio', 'rekor1']));
    const signer = createKeylessSigner({ ...services.environment, signingConfig });
    const good = await services.token();
    const [head, , signature] = good.split('.');
    const bad = [
      await services.token({ exp: NOW / 1000 - 5 }),
      await services.token({ email: 'dev@example.com' }),
      await services.token({ iss: undefined }),
      `${head}.${signature}.${signature}`,
      `${good}.${signature}`,
      `${good}!`,
      good.repeat(50),
    ];
    for (const identityToken of bad) {
      expectUntold(await errorOf(signer.sign({ ...input, identityToken })), [identityToken]);
    }
  });

  test('nor by what it says of itself', async () => {
    const token = await createSigstoreServices().token();
    expectUntold(readIdentityToken(token), [token.split('.')[2]!]);
  });

  test('nor by a signature that is made with it', async () => {
    const services = createSigstoreServices();
    const identityToken = await services.token();
    const signingConfig = readSigningConfig(signingConfigJson(['fulcio', 'rekor1', 'tsa']));
    const signer = createKeylessSigner({ ...services.environment, signingConfig });
    const legacy = { repository: 'registry.example.com/app' };
    const { bundle, ...rest } = await signer.sign({ ...input, identityToken, legacy });
    // Issuer and subject stand in the certificate, and may look there as they do in the claims.
    expectUntold([Buffer.from(bundle).toString(), rest], [identityToken.split('.')[2]!]);
  });
});

describe('a private key is not told', () => {
  /** The lines of a PEM file but for its labels. */
  const linesOf = (pem: string) => pem.split('\n').filter((line) => /^[A-Za-z0-9+/=]{20,}$/.test(line));
  const plain = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string;
  const encrypted = () => readFile(new URL('../fixtures/cosign-keys/p256.key', import.meta.url), 'utf8');

  test.each<[string, () => Promise<string> | string]>([
    ['that another passphrase is for', encrypted],
    ['whose line ends are written as \\n', async () => (await encrypted()).replaceAll('\n', '\\n')],
    ['whose end is lost', async () => (await encrypted()).slice(0, -40)],
    ['of which a line is lost', () => plain().split('\n').toSpliced(1, 1).join('\n')],
    ['in lower case', () => plain().replace(/\n[^-]+/g, (lines) => lines.toLowerCase())],
    ['that is called something else', () => plain().replaceAll('PRIVATE KEY', 'SECRET KEY')],
    ['that is there twice', () => plain() + plain()],
    [
      'of a kind that is not known',
      () =>
        generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }) as string,
    ],
    [
      'of an encrypted file whose inside is damaged',
      async () => {
        const [, body] = /-----\n([\s\S]*?)-----END/.exec(await encrypted())!;
        const inner = Buffer.from(body!, 'base64').toString().replace('"kdf"', '"kd');
        return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${Buffer.from(inner).toString('base64')}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
      },
    ],
  ])('%s', async (_, make) => {
    const pem = await make();
    expectUntold(await errorOf(readCosignKey(pem, { passphrase: PASSPHRASE })), [
      PASSPHRASE,
      ...linesOf(pem),
    ]);
  });

  test('by the key that was read, its signer, or what is made with it', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const { d } = privateKey.export({ format: 'jwk' });
    const secrets = [
      d!,
      Buffer.from(d!, 'base64url').toString('hex'),
      Buffer.from(d!, 'base64url').toString('base64'),
    ];
    const key = await readCosignKey(pem);
    const signer = createKeySigner({ ...createSigstoreServices().environment, key });
    const { bundle } = await signer.sign(input);
    expectUntold([key, signer, Buffer.from(bundle).toString()], secrets);
  });

  test('by a new key, but for the file that holds it encrypted', async () => {
    const { privatePem, ...rest } = await generateCosignKey({ passphrase: PASSPHRASE });
    expectUntold([privatePem, rest], [PASSPHRASE]);
    expectUntold(rest, linesOf(privatePem));
  });

  test('nor the token of a vault that refuses to sign', async () => {
    const transit = createTransit('ecdsa-p256');
    const publicKey = Buffer.from((await generateCosignKey({ passphrase: '' })).publicPem);
    transit.answer = (request) =>
      Response.json({ errors: [`no: ${request.headers.get('x-vault-token')}`] }, { status: 403 });
    const key = vaultCosignKey({ ...VAULT, fetch: transit.fetch, publicKey });
    const signer = createKeySigner({ ...createSigstoreServices().environment, key });
    expectUntold([await errorOf(signer.sign(input)), key], [TOKEN]);
  });
});

describe('an error that shows a part of an identity token', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
  const [, claims = '', signature = ''] = token.split('.');
  const retry = { retryable: true, retryAfter: 7 };
  const told = (error: Error) => errorOf(withoutToken(token, () => Promise.reject(error)));

  test.each([
    ['in its words', new ChartsealError('sign.service_refused', `what was sent: ${signature}`, retry)],
    ['whole', new ChartsealError('sign.service_refused', token, retry)],
    ['in its help', new ChartsealError('sign.service_refused', 'no', { ...retry, help: claims })],
    [
      'in the cause of its cause',
      new ChartsealError('sign.service_refused', 'no', {
        ...retry,
        cause: new Error('outer', { cause: new TypeError(`bad header ${signature}`) }),
      }),
    ],
  ])('%s keeps its code and loses its words', async (_, error) => {
    const left = await told(error);
    expect(left).toMatchObject({ code: 'sign.service_refused', ...retry });
    expectUntold(left, [token]);
  });

  test('and was not meant is none of that kind any more', async () => {
    const error = new TypeError(`Invalid header value: Bearer ${token}`);
    const left = await withoutToken(token, () => Promise.reject(error)).catch((reason: unknown) => reason);
    expect(left).toBeInstanceOf(Error);
    expectUntold(left, [token]);
  });

  test('and others are passed on as they are', async () => {
    const error = new ChartsealError('sign.service_refused', 'the certificate authority said no');
    expect(await told(error)).toBe(error);
  });
});
