import { beforeAll, describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { type Certificate, makeVaultCertificate, vaultSigner } from '../../src/provenance/index.ts';
import { NOW, signedTextFor } from '../support/signing.ts';
import { createTransit, TOKEN, type Transit, VAULT } from '../support/transit.ts';

/** What answers in Vault's place may be broken, hostile, or another's; nothing comes of it, and no token is told. */

const userId = 'Release Team';
let transit: Transit;
let certificate: Certificate;
beforeAll(async () => {
  transit = createTransit('ecdsa-p256');
  certificate = await makeVaultCertificate({ ...VAULT, fetch: transit.fetch, userId, at: NOW });
});

async function failure(fetch: Transit['fetch'], signal?: AbortSignal): Promise<ChartsealError> {
  const options = { ...VAULT, publicKey: certificate.publicBinary, at: NOW, timeoutMs: 50, fetch };
  const signer = await vaultSigner(options);
  const error = await signer.clearsign(signedTextFor(), NOW, signal).then(
    () => new Error('it signed'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ChartsealError)) throw error;
  const told = `${error.message} ${error.help} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
  expect(told).not.toContain(TOKEN);
  return error;
}

const answers = (body: BodyInit | null, init?: ResponseInit) => async () => new Response(body, init);
const says = (signature: unknown) => answers(JSON.stringify({ data: { signature } }));

describe('an answer that is no signature of the key', () => {
  test.each<[string, Transit['fetch']]>([
    ['nothing', answers(null)],
    ['a web page', answers('<html>Welcome</html>')],
    ['JSON without data', answers('{}')],
    ['null', answers('null')],
    ['data that is a list', answers('{"data":[]}')],
    ['no signature', answers('{"data":{}}')],
    ['a number', says(1)],
    ['a signature of another form', says('sig:AAAA')],
    ['damaged base64', says('vault:v1:A')],
    ['base64 with a line break', says('vault:v1:AAAA\nAAAA')],
    ['zeros', says(`vault:v1:${'A'.repeat(96)}`)],
    ['10 MB of signature', says(`vault:v1:${'A'.repeat(10_000_000)}`)],
    ['a redirect', answers(null, { status: 307, headers: { location: 'https://evil.example' } })],
    ['204', answers(null, { status: 204 })],
    ['400', answers('{"errors":["encryption key not found"]}', { status: 400 })],
    ['403', answers('{"errors":["permission denied"]}', { status: 403 })],
    ['403 and the token', answers(JSON.stringify({ errors: [`bad token ${TOKEN}`] }), { status: 403 })],
    ['404 and no JSON', answers('404 page not found', { status: 404 })],
  ])('%s: refused', async (_, fetch) => {
    expect(await failure(fetch)).toMatchObject({ code: 'sign.signer_refused', retryable: false });
  });

  test('a good signature by another key: refused', async () => {
    const other = createTransit('ecdsa-p256');
    const error = await failure(other.fetch);
    expect(error).toMatchObject({ code: 'sign.signer_refused' });
    expect(error.message).toContain(certificate.fingerprint);
  });

  test('the signature of another digest: refused', async () => {
    const replay = transit.fetch as (input: string, init: RequestInit) => Promise<Response>;
    const error = await failure(async (input, init) => {
      const body = JSON.stringify({ ...JSON.parse(String(init?.body)), input: btoa('x'.repeat(64)) });
      return replay(String(input), { ...init, body });
    });
    expect(error).toMatchObject({ code: 'sign.signer_refused' });
  });

  test('words that steer a terminal are made visible', async () => {
    const error = await failure(answers(JSON.stringify({ errors: ['\u001b[2Jno \u202e'] }), { status: 400 }));
    expect(error.message).toBe('Vault answered 400: \\u{1b}[2Jno \\u{202e}');
  });
});

describe('a Vault that does not answer', () => {
  test.each<[string, Transit['fetch']]>([
    ['is silent', () => new Promise(() => {})],
    ['stops in the middle', answers(new ReadableStream({ start: (c) => c.enqueue(Uint8Array.of(0x7b)) }))],
    ['cannot be reached', async () => Promise.reject(new TypeError(`fetch failed: x-vault-token ${TOKEN}`))],
    ['is sealed', answers('{"errors":["Vault is sealed"]}', { status: 503 })],
    ['is a standby', answers(null, { status: 473 })],
    ['fails', answers('oops', { status: 500 })],
  ])('%s: to be tried again', async (_, fetch) => {
    expect(await failure(fetch)).toMatchObject({ code: 'sign.signer_unavailable', retryable: true });
  });

  test('but asks to wait', async () => {
    const error = await failure(answers('{}', { status: 429, headers: { 'retry-after': '7' } }));
    expect(error).toMatchObject({ code: 'sign.signer_unavailable', retryAfter: 7 });
  });

  test('but sends without end: read no further', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect(await failure(answers(body))).toMatchObject({ code: 'sign.signer_refused' });
    expect(sent).toBeLessThan(1_000_000);
  });

  test('is told when its answer is not wanted any more', async () => {
    let seen: AbortSignal | null | undefined;
    const controller = new AbortController();
    const error = failure((_, init) => {
      seen = init?.signal;
      controller.abort();
      return new Promise(() => {});
    }, controller.signal);
    expect(await error).toMatchObject({ code: 'sign.signer_unavailable' });
    expect(seen?.aborted).toBe(true);
  });
});

describe('what Vault shows of its key, for a certificate', () => {
  const make = (fetch: Transit['fetch']) => makeVaultCertificate({ ...VAULT, fetch, userId, at: NOW });
  const show = (key: unknown) =>
    answers(JSON.stringify({ data: { type: 'rsa-4096', latest_version: 1, keys: key } }));
  const pem = (body: string) => `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`;
  const creation_time = '2026-11-01T00:00:00Z';

  test.each<[string, Transit['fetch'], string]>([
    ['nothing', show(undefined), 'sign.signer_refused'],
    ['no public key', show({ 1: { creation_time } }), 'sign.signer_refused'],
    ['no time', show({ 1: { public_key: pem('AAAA') } }), 'sign.signer_refused'],
    ['damaged base64', show({ 1: { creation_time, public_key: pem('A') } }), 'sign.signer_refused'],
    ['no key in it', show({ 1: { creation_time, public_key: pem('AAAA') } }), 'sign.key_unusable'],
    ['another type', answers('{"data":{"type":"aes256-gcm96"}}'), 'sign.key_unusable'],
    ['a type that steers a terminal', answers('{"data":{"type":"\\u001b[2J"}}'), 'sign.key_unusable'],
  ])('%s: refused', async (_, fetch, code) => {
    const error = await make(fetch).catch((reason: ChartsealError) => reason);
    expect(error).toMatchObject({ code });
    expect(String((error as ChartsealError).message)).not.toContain('\u001b');
  });

  test('the public key of another: refused', async () => {
    const other = createTransit('ecdsa-p256');
    const error = make((input, init) => (init?.method === 'GET' ? other : transit).fetch(input, init));
    await expect(error).rejects.toMatchObject({ code: 'sign.signer_refused' });
  });
});
