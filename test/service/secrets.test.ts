import { expect, it } from 'vitest';
import { createMemoryRegistry, type MemoryRegistry } from '../../src/memory-registry/index.ts';
import { fixture } from '../support/fixtures.ts';
import { AUTHORIZED, createWorld, IMPATIENT, pushGood, TOKEN, type World } from '../support/world.ts';

// Invariant 6: whatever is asked and whatever goes wrong, no password and no token stands in an answer, its headers or
// a line of the log, neither as it is nor in base64 or hex.

const BASIC_PASSWORD = 'Basic-Passwort/7f3a:ü!';
const USER_PASSWORD = 'token-user-password-55aa';
const IDENTITY_TOKEN = 'identity-refresh-token-0d15ea5e';
const WRONG_CALLER = 'wrong-caller-token-fedcba9876543210';
// What the memory registry issues begins like this.
const ISSUED = 'memory-token-';

const encode = (text: string, encoding: BufferEncoding) => Buffer.from(text, 'utf8').toString(encoding);

/** Every form in which a secret may show. The base64 of a part differs by where it begins. */
function formsOf(secret: string): string[] {
  const shifted = ['', 'x', 'xx'].map((prefix) => encode(prefix + secret, 'base64').slice(4, -4));
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    encode(secret, 'base64'),
    encode(secret, 'base64url'),
    ...shifted,
    encode(secret, 'hex'),
    encode(secret, 'hex').toUpperCase(),
  ];
}

const SECRETS = [BASIC_PASSWORD, USER_PASSWORD, IDENTITY_TOKEN, WRONG_CALLER, TOKEN].flatMap(formsOf);
SECRETS.push(ISSUED, encode(`robot:${BASIC_PASSWORD}`, 'base64'), encode(`robot:${USER_PASSWORD}`, 'base64'));

const FAULTS: MemoryRegistry['quirks'][] = [
  {},
  { stall: true },
  { reset: true },
  { status: { status: 401, headers: { 'www-authenticate': 'Basic realm="again"' } } },
  { status: { status: 403 } },
  { status: { status: 429, retryAfter: 3 } },
  { status: { status: 500 } },
  { status: { status: 500, match: /token/ } },
  { status: { status: 401, match: /token/ } },
  { status: { status: 200, match: /token/, body: 'nonsense' } },
  { stall: /token/ },
  { redirect: { to: 'https://cdn.example.com{path}' } },
  { redirect: { to: 'http://cdn.example.com{path}' } },
  { redirect: { to: 'https://10.0.0.1{path}' } },
  { redirect: { match: /token/, to: 'https://cdn.example.com{path}' } },
  { wrongBytes: true },
  { noDigestHeader: true, gzip: true },
];

it('no secret stands in any report, problem, header or log line', async () => {
  const token = createMemoryRegistry({ host: 'token.test' });
  const identity = createMemoryRegistry({ host: 'identity.test' });
  const cdn = createMemoryRegistry({ host: 'cdn.example.com' });
  const dockerConfig = JSON.stringify({ auths: { 'identity.test': { identitytoken: IDENTITY_TOKEN } } });
  const world: World = await createWorld({
    config: {
      registries: [
        { host: 'registry.test', credentials: { secret: 'BASIC' } },
        { host: 'token.test', credentials: { secret: 'USER' } },
        { host: 'identity.test', credentials: { secret: 'IDENTITY' } },
        { host: 'echo.test', credentials: { secret: 'BASIC' } },
      ],
      limits: {
        ...IMPATIENT,
        jsonBytes: 4096,
        rate: { callerVerifications: 1000 },
      },
    },
    secrets: { BASIC: `robot:${BASIC_PASSWORD}`, USER: `robot:${USER_PASSWORD}`, IDENTITY: dockerConfig },
    others: {
      'token.test': token,
      'identity.test': identity,
      'cdn.example.com': cdn,
      'auth.example.com': { fetch: (request) => token.fetch(request) },
      'login.example.com': { fetch: (request) => identity.fetch(request) },
      // A registry that is never content with the credentials it gets, and repeats them.
      'echo.test': {
        fetch: async (request) => {
          const sent = request.headers.get('authorization');
          if (sent === null)
            return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic' } });
          const message = `refused: ${sent} ${Buffer.from(sent.slice(6), 'base64').toString()} ${'.'.repeat(80)} ${sent}`;
          return Response.json({ errors: [{ code: 'DENIED', message }] }, { status: 403 });
        },
      },
    },
  });
  const registries = [world.registry, token, identity];
  const auths = [
    { basic: { user: 'robot', password: BASIC_PASSWORD } },
    {
      token: {
        realm: 'https://auth.example.com/token',
        service: 'token.test',
        users: { robot: USER_PASSWORD },
      },
    },
    {
      token: {
        realm: 'https://login.example.com/token',
        service: 'identity.test',
        users: {},
        identityTokens: [IDENTITY_TOKEN],
        post: true,
      },
    },
  ];
  for (const registry of [...registries, cdn]) {
    await pushGood(registry);
    await registry.pushChart('charts/app', '9.9.9', {
      archive: await fixture('demo/unsigned/app-1.2.3.tgz'),
    });
  }

  const seen: string[] = [];
  const send = async (path: string, headers: Record<string, string>, body: unknown) => {
    const response = await world.service.fetch(path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    seen.push(JSON.stringify([...response.headers]), text);
    return text;
  };

  // First with good credentials, so that it is certain that they are used at all.
  for (const [index, registry] of registries.entries()) registry.quirks = { auth: auths[index] };
  for (const host of ['registry.test', 'token.test', 'identity.test']) {
    const text = await send('/v1/verify', AUTHORIZED, { reference: `oci://${host}/charts/app:1.2.3` });
    expect([host, JSON.parse(text).verdict]).toEqual([host, 'allow']);
  }
  expect(JSON.stringify(token.requests)).toContain(encode(`robot:${USER_PASSWORD}`, 'base64'));
  expect(JSON.stringify(identity.requests)).toContain(IDENTITY_TOKEN);

  const fresh = { ...AUTHORIZED, 'cache-control': 'no-cache' };
  for (const fault of FAULTS) {
    for (const [index, registry] of registries.entries()) registry.quirks = { auth: auths[index], ...fault };
    const references = ['registry.test', 'token.test', 'identity.test', 'echo.test'].flatMap((host) => [
      `oci://${host}/charts/app:1.2.3`,
      `oci://${host}/charts/none:1.2.3`,
      { reference: `oci://${host}/charts/app`, version: '^1' },
    ]);
    for (const format of ['json', 'text', 'markdown']) {
      await send(`/v1/verify?format=${format}`, fresh, { references, depth: 'content' });
      if (fault.stall !== undefined) break;
    }
  }

  // And requests of all kinds that are refused, some of them with secrets where they do not belong.
  const reference = 'oci://registry.test/charts/app:1.2.3';
  await send('/v1/verify', { authorization: `Bearer ${WRONG_CALLER}` }, { reference });
  await send(
    '/v1/verify',
    { authorization: `Basic ${encode(`x:${WRONG_CALLER}`, 'base64')}` },
    { reference },
  );
  await send('/v1/verify', { authorization: `bearer  ${TOKEN} x` }, { reference });
  await send('/v1/verify', AUTHORIZED, 'nonsense');
  await send('/v1/verify', AUTHORIZED, { reference, unknown: 1 });
  await send('/v1/verify', AUTHORIZED, {
    reference: `oci://robot:${USER_PASSWORD}@registry.test/charts/app:1`,
  });
  await send('/v1/verify', AUTHORIZED, {
    reference: `oci://robot:a/${USER_PASSWORD}@registry.test/charts/app:1`,
  });
  await send('/v1/verify', AUTHORIZED, { reference: 'oci://elsewhere.test/a/b:1' });
  await send('/v1/verify', AUTHORIZED, { reference, policy: 'x'.repeat(5000) });
  await send(
    '/v1/verify/files',
    { ...AUTHORIZED, 'content-type': 'multipart/form-data; boundary=x' },
    '--x--',
  );
  await send('/nowhere', AUTHORIZED, '');

  const lines = await world.service.logs();
  expect(seen.length).toBeGreaterThan(100);
  expect(lines.length).toBeGreaterThan(50);
  for (const text of [...seen, ...lines]) {
    const found = SECRETS.find((secret) => text.includes(secret));
    expect(found === undefined ? '' : `${found} in ${text.slice(0, 300)}`).toBe('');
  }
});
