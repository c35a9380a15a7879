import { describe, expect, it } from 'vitest';
import { parseReference } from '../../src/oci/index.ts';
import { BLOB, clientOf, descriptorOf, failure, REF } from '../oci/support.ts';

const PROV = descriptorOf(BLOB);
const moved = (location: string, status = 307) => new Response(null, { status, headers: { location } });
/** The first request is redirected, the next answered. */
const redirecting = (location: string, options: Parameters<typeof clientOf>[1] = {}) =>
  clientOf((_, i) => (i === 0 ? moved(location) : new Response(BLOB)), options);

describe('a redirect into the inner network is not followed', () => {
  it.each([
    ...[
      'https://127.0.0.1/x',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
    ],
    ...[
      'https://169.254.169.254/latest/meta-data',
      'https://metadata.google.internal/',
      'https://localhost/',
      'https://redis/',
    ],
    ...[
      'https://[64:ff9b::a00:1]/',
      'https://[2002:7f00:1::]/',
      'https://nas.local./',
      '//10.0.0.1/x',
      'https:\\\\10.0.0.1\\x',
    ],
  ])('%s', async (location) => {
    const { session, seen } = redirecting(location);
    const error = await failure(session.getBlob(REF, PROV, 99));
    expect(error).toMatchObject({ code: 'registry.redirect_refused', retryable: false });
    expect(seen).toHaveLength(1);
  });

  it.each([
    'http://cdn.example.com/x',
    'http://registry.example.com/x',
    'ftp://cdn.example.com/x',
    'file:///etc/passwd',
    'data:,x',
    'https://u:p@cdn.example.com/',
  ])('nor one to %s', async (location) => {
    const { session, seen } = redirecting(location);
    const error = await failure(session.getBlob(REF, PROV, 99));
    expect(error.code).toBe('registry.redirect_refused');
    expect(seen).toHaveLength(1);
  });

  it.each([
    [
      'registries',
      { registries: [{ host: 'registry.example.com' }, { host: '10.0.0.9:5000' }] },
      'https://10.0.0.9:5000/x',
      true,
    ],
    ['redirectHosts', { registry: { redirectHosts: ['10.0.0.9'] } }, 'https://10.0.0.9/x', true],
    [
      'tokenHosts (of another registry)',
      { registries: [{ host: 'registry.example.com' }, { host: 'b.example.com', tokenHosts: ['10.0.0.9'] }] },
      'https://10.0.0.9/x',
      true,
    ],
    [
      'http in redirectHosts',
      { registry: { redirectHosts: ['http://minio:9000'] } },
      'http://minio:9000/x',
      true,
    ],
    ['another port', { registry: { redirectHosts: ['10.0.0.9:9000'] } }, 'https://10.0.0.9/x', false],
    [
      'https where http is written',
      { registry: { redirectHosts: ['http://minio:9000'] } },
      'https://minio:9000/x',
      false,
    ],
    [
      'http where https is written',
      { registry: { redirectHosts: ['minio:9000'] } },
      'http://minio:9000/x',
      false,
    ],
    [
      'a public host beside redirectHosts',
      { registry: { redirectHosts: ['cdn.example.com'] } },
      'https://evil.example.com/x',
      false,
    ],
    [
      'a listed public host',
      { registry: { redirectHosts: ['cdn.example.com'] } },
      'https://CDN.example.com./x',
      true,
    ],
  ])('unless written out: %s', async (_name, options, location, allowed) => {
    const { session, seen } = redirecting(location, options);
    if (allowed) {
      await session.getBlob(REF, PROV, 99);
      expect(seen[1]?.init.chartseal?.mayBePrivate).toBe(true);
    } else {
      expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject({
        code: 'registry.redirect_refused',
      });
    }
    expect(seen).toHaveLength(allowed ? 2 : 1);
  });

  it('a registry without TLS may lead to its own origin, and to no other without TLS', async () => {
    const options = { registries: [{ host: '127.0.0.1:5000', plainHttp: true }] };
    const ref = parseReference('127.0.0.1:5000/app:1');
    await redirecting('/v2/elsewhere', options).session.getBlob(ref, PROV, 99);
    for (const location of [
      'http://127.0.0.1:5001/x',
      'http://cdn.example.com/x',
      'https://127.0.0.1:5001/x',
    ]) {
      const { session } = redirecting(location, options);
      expect(await failure(session.getBlob(ref, PROV, 99))).toMatchObject({
        code: 'registry.redirect_refused',
      });
    }
  });

  it('wildcard entries reach public hosts only', async () => {
    const options = { registries: [{ host: '*' }] };
    for (const host of [
      '127.0.0.1:5000',
      'localhost',
      '[::1]',
      'registry.internal',
      'redis:6379',
      '2130706433',
    ]) {
      const { session, seen } = clientOf(() => new Response(BLOB), options);
      expect(await failure(session.getBlob(parseReference(`oci://${host}/app`), PROV, 99))).toMatchObject({
        code: 'registry.address_refused',
      });
      expect(seen).toHaveLength(0);
    }
    const { session, seen } = clientOf(() => new Response(BLOB), options);
    await session.getBlob(REF, PROV, 99);
    expect(seen[0]?.init.chartseal?.mayBePrivate).toBe(false);
  });

  it('a wildcard covers hosts below its domain, and nothing that only ends like it', async () => {
    const options = { registries: [{ host: '*.example.com' }] };
    const code = (host: string) =>
      clientOf(() => new Response(BLOB), options)
        .session.getBlob(parseReference(`oci://${host}/app`), PROV, 99)
        .then(
          () => 'asked',
          (error) => error.code,
        );
    expect(await code('a.example.com')).toBe('asked');
    expect(await code('a.b.example.com:5000')).toBe('asked');
    expect(await code('example.com')).toBe('registry.not_listed');
    expect(await code('evilexample.com')).toBe('registry.not_listed');
    expect(await code('a.example.com.evil.com')).toBe('registry.not_listed');
  });

  it('follows five redirects, not six', async () => {
    const hops = (count: number) =>
      clientOf((_, i) => (i < count ? moved(`https://cdn${i}.example.com/x`) : new Response(BLOB)));
    const five = hops(5);
    await five.session.getBlob(REF, PROV, 99);
    expect(five.session.stats.requests).toBe(6);
    expect(await failure(hops(6).session.getBlob(REF, PROV, 99))).toMatchObject({
      code: 'registry.redirect_refused',
    });
  });

  it('never shows path or query of where it was sent', async () => {
    for (const location of [
      'https://10.0.0.1/secret-path?X-Amz-Signature=secret',
      'http://cdn.example.com/?sig=secret',
    ]) {
      const error = await failure(redirecting(location).session.getBlob(REF, PROV, 99));
      expect(JSON.stringify(error)).not.toContain('secret');
    }
    const failing = clientOf((_, i) =>
      i === 0 ? moved('https://cdn.example.com/p?sig=secret') : new Response('', { status: 403 }),
    );
    const error = await failure(failing.session.getBlob(REF, PROV, 99));
    expect(error.message).toContain('redirected to cdn.example.com');
    expect(JSON.stringify(error)).not.toContain('secret');
  });
});
