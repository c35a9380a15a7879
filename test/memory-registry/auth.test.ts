import { expect, test } from 'vitest';
import {
  createMemoryRegistry,
  createRegistryNetwork,
  type TokenAuth,
} from '../../src/memory-registry/index.ts';

const url = 'https://registry.test/v2/charts/app/manifests/1.0.0';
const scope = 'repository:charts/app:pull';
const basic = (user: string, password: string) => ({ authorization: `Basic ${btoa(`${user}:${password}`)}` });

async function setUp(token?: Partial<TokenAuth['token']>) {
  let now = Date.parse('2026-11-23T12:00:00Z');
  const registry = createMemoryRegistry({ clock: () => now });
  await registry.putManifest('charts/app', '1.0.0', {});
  if (token) {
    registry.quirks.auth = { token: { realm: 'https://auth.test/token', service: 'registry', ...token } };
  }
  // The registry plays its token service under another host.
  const fetch = createRegistryNetwork({ 'registry.test': registry, 'auth.test': registry });
  const bearer = async (value: string | undefined) =>
    (await fetch(url, { headers: { authorization: `Bearer ${value}` } })).status;
  const get = async (init?: RequestInit, asked = scope) => {
    const response = await fetch(`https://auth.test/token?service=registry&scope=${asked}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, string | number> };
  };
  const post = async (form: Record<string, string>) => {
    const body = new URLSearchParams({ service: 'registry', scope, ...form });
    const response = await fetch('https://auth.test/token', { method: 'POST', body });
    return { status: response.status, body: (await response.json()) as Record<string, string | number> };
  };
  return { registry, fetch, bearer, get, post, pass: (ms: number) => (now += ms) };
}

test('basic credentials', async () => {
  const { registry, fetch } = await setUp();
  registry.quirks.auth = { basic: { user: 'me', password: 'p:w' } };
  const refused = await fetch(url);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="Registry Realm"',
  ]);
  expect((await fetch(url, { headers: basic('me', 'wrong') })).status).toBe(401);
  expect((await fetch(url, { headers: basic('me', 'p:w') })).status).toBe(200);
});

test('a token is named in the challenge, issued, taken for its scope alone, and expires by the clock', async () => {
  const { bearer, fetch, get, pass } = await setUp({ lifetime: 60 });
  const challenge = (await fetch(url)).headers.get('www-authenticate');
  expect(challenge).toBe(`Bearer realm="https://auth.test/token",service="registry",scope="${scope}"`);
  const { body } = await get();
  expect(body).toMatchObject({ expires_in: 60, issued_at: '2026-11-23T12:00:00.000Z' });
  expect(await bearer(String(body.token))).toBe(200);
  expect(await bearer('other')).toBe(401);
  const elsewhere = await get({}, 'repository:charts/other:pull');
  expect(await bearer(String(elsewhere.body.token))).toBe(401);
  pass(60_000);
  expect(await bearer(String(body.token))).toBe(401);
});

test('users, and anonymous ones where that is allowed', async () => {
  const users = { me: 'secret' };
  const strict = await setUp({ users });
  expect((await strict.get()).status).toBe(401);
  expect((await strict.get({ headers: basic('me', 'no') })).status).toBe(401);
  expect((await strict.get({ headers: basic('constructor', '') })).status).toBe(401);
  expect((await strict.get({ headers: basic('me', 'secret') })).status).toBe(200);
  const open = await setUp({ users, anonymous: true });
  expect((await open.get()).status).toBe(200);
});

test('POST as OAuth2: password, refresh token, and access_token in the answer', async () => {
  const { bearer, post, registry } = await setUp({
    post: true,
    issue: 'access_token',
    expiresIn: false,
    users: { me: 'secret' },
    identityTokens: ['refresh'],
  });
  const byPassword = await post({ grant_type: 'password', username: 'me', password: 'secret' });
  expect(byPassword.body).not.toHaveProperty('token');
  expect(byPassword.body).not.toHaveProperty('expires_in');
  expect(await bearer(String(byPassword.body.access_token))).toBe(200);
  expect((await post({ grant_type: 'refresh_token', refresh_token: 'refresh' })).status).toBe(200);
  expect((await post({ grant_type: 'refresh_token', refresh_token: 'other' })).status).toBe(401);
  expect(registry.requests[0]).toMatchObject({
    kind: 'token',
    form: { grant_type: 'password', username: 'me' },
  });
});

test('a service without POST answers 404, and one without GET too', async () => {
  const onlyGet = await setUp({});
  expect((await onlyGet.post({ grant_type: 'password' })).status).toBe(404);
  const onlyPost = await setUp({ post: true, get: false });
  expect((await onlyPost.get()).status).toBe(404);
});

test('a challenge written by hand', async () => {
  const { fetch } = await setUp({
    challenge: 'Bearer realm="https://auth.test/token",scope="{scope}", Basic realm="x"',
  });
  expect((await fetch(url)).headers.get('www-authenticate')).toBe(
    `Bearer realm="https://auth.test/token",scope="${scope}", Basic realm="x"`,
  );
});

test('pushing needs the scope for it', async () => {
  const { fetch, get } = await setUp({});
  const push = async (token: string) =>
    (await fetch(url, { method: 'PUT', body: '{}', headers: { authorization: `Bearer ${token}` } })).status;
  expect(await push(String((await get()).body.token))).toBe(401);
  expect(await push(String((await get({}, `${scope},push`)).body.token))).toBe(201);
});

test('requests to the token service are counted apart', async () => {
  const { registry, fetch, get } = await setUp({});
  await fetch(url);
  await get();
  expect(registry.count()).toBe(1);
  expect(registry.count(/^GET \/token\?/)).toBe(1);
  expect(registry.requests.map((one) => one.kind)).toEqual(['registry', 'token']);
});
