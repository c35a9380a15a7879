import { describe, expect, it } from 'vitest';
import { parseReference, type RegistryOptions } from '../../src/oci/index.ts';
import { BASIC, challenge, clientOf, failure, manifestAnswer, REF } from '../oci/support.ts';

/** A registry that names `realm`, and a token service that answers anywhere else. */
function naming(
  realm: string,
  registry: Partial<RegistryOptions> = {},
  answer = () => Response.json({ token: 't' }),
) {
  return clientOf(
    (one) => {
      if (!one.url.includes('/v2/')) return answer();
      return one.headers.get('authorization') === 'Bearer t'
        ? manifestAnswer()
        : challenge(`Bearer realm="${realm}"`);
    },
    { registry: { credentials: BASIC, ...registry } },
  );
}

describe('a realm that must not get the password is not asked at all', () => {
  it.each([
    ['http://auth.example.com/token', {}],
    ['http://registry.example.com/token', {}],
    ['https://127.0.0.1/token', {}],
    ['https://[::ffff:127.0.0.1]/token', {}],
    ['https://metadata.google.internal/', {}],
    ['https://user:pw@auth.example.com/token', {}],
    ['ftp://auth.example.com/token', {}],
    ['javascript:alert(1)', {}],
    ['https://evil.example.com/token', { tokenHosts: ['auth.example.com'] }],
    ['https://auth.example.com:8443/token', { tokenHosts: ['auth.example.com'] }],
    ['https://auth.example.com.evil.com/token', { tokenHosts: ['auth.example.com'] }],
    ['http://auth.example.com/token', { tokenHosts: ['auth.example.com'] }],
    ['https://10.0.0.9/token', { redirectHosts: ['http://10.0.0.9:9000'] }],
  ])('%s with %j', async (realm, registry) => {
    const { session, seen } = naming(realm, registry);
    const error = await failure(session.getManifest(REF, '1'));
    expect(error).toMatchObject({ code: 'registry.token_refused', retryable: false });
    expect(error.help).toContain('tokenHosts');
    expect(JSON.stringify(error)).not.toContain('very-secret');
    expect(seen).toHaveLength(1);
  });

  it.each(['', 'not a url', '/token'])('and %j is no realm', async (realm) => {
    const { session, seen } = naming(realm);
    expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.protocol' });
    expect(seen).toHaveLength(1);
  });
});

describe('a realm that may get it does', () => {
  it.each([
    ['https://auth.elsewhere.com/token', {}],
    ['https://registry.example.com/token', { tokenHosts: [] }],
    ['https://auth.example.com/token', { tokenHosts: ['auth.example.com'] }],
    ['https://10.0.0.9:8443/token', { tokenHosts: ['10.0.0.9:8443'] }],
    ['http://127.0.0.1:5001/token', { tokenHosts: ['http://127.0.0.1:5001'] }],
  ])('%s with %j', async (realm, registry) => {
    const { session, seen } = naming(realm, registry);
    await session.getManifest(REF, '1');
    expect(seen[1]?.headers.get('authorization')).toMatch(/^Basic /);
    expect(seen[2]?.headers.get('authorization')).toBe('Bearer t');
  });

  it('the own origin of a registry without TLS', async () => {
    const { session, seen } = clientOf(
      (one) => {
        if (one.url.includes('/token')) return Response.json({ token: 't' });
        return one.headers.has('authorization')
          ? manifestAnswer()
          : challenge('Bearer realm="http://127.0.0.1:5000/token"');
      },
      { registries: [{ host: '127.0.0.1:5000', plainHttp: true, credentials: BASIC }] },
    );
    await session.getManifest(parseReference('127.0.0.1:5000/app:1'), '1');
    expect(seen[1]?.headers.get('authorization')).toMatch(/^Basic /);
  });
});

it.each([301, 302, 303, 307, 308])('a token service that redirects (%i) is not followed', async (status) => {
  const { session, seen } = naming(
    'https://auth.example.com/token',
    {},
    () => new Response(null, { status, headers: { location: 'https://evil.example.com/?x=secret' } }),
  );
  expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.token_refused' });
  expect(seen).toHaveLength(2);
});

it('an anonymous session gives the realm nothing', async () => {
  const { client, seen } = naming('https://auth.example.com/token');
  await client.session({ anonymous: true }).getManifest(REF, '1');
  expect(seen[1]?.headers.has('authorization')).toBe(false);
  expect(seen[1]?.body).toBe('');
});
