import { expect, it } from 'vitest';
import { boxed, text } from '../oci/box.ts';
import { BASIC, challenge, clientOf, failure, OCI_MANIFEST, REF } from '../oci/support.ts';

it.each([
  'https://evil.example.com/v2/charts/app/blobs/uploads/1',
  '//evil.example.com/upload',
  'https://registry.example.com:8443/upload',
  'https://registry.example.com.evil.com/upload',
  'https://user:pw@registry.example.com/upload',
  'https://registry.example.com@evil.example.com/upload',
  'https:\\\\evil.example.com\\upload',
  'https://127.0.0.1/upload',
  'http://169.254.169.254/latest',
  'ftp://registry.example.com/upload',
  'data:,x',
  'javascript:alert(1)',
])('neither content nor credentials follow an upload to %s', async (location) => {
  const { push, seen } = clientOf(
    ({ method, headers }) => {
      if (!headers.has('authorization')) return challenge('Basic');
      if (method === 'HEAD') return new Response(null, { status: 404 });
      return new Response(null, { status: 202, headers: { location } });
    },
    { registry: { credentials: BASIC, redirectHosts: ['evil.example.com'] } },
  );
  const error = await failure(push.putBlob(REF, text('secret of the pipeline')));
  expect(error).toMatchObject({ code: 'registry.redirect_refused', retryable: false });
  expect(seen.map((one) => one.method)).toEqual(['HEAD', 'HEAD', 'POST']);
  expect(seen.every((one) => new URL(one.url).host === 'registry.example.com')).toBe(true);
  expect(error.message).not.toContain('pw');
});

it.each([undefined, 'https://[', 'https://'])('nor to no place at all: %s', async (location) => {
  const { push } = clientOf(({ method }) =>
    method === 'HEAD'
      ? new Response(null, { status: 404 })
      : new Response(null, { status: 202, headers: location === undefined ? {} : { location } }),
  );
  expect(await failure(push.putBlob(REF, text('x')))).toMatchObject({ code: 'registry.protocol' });
});

it.each([301, 302, 303, 307, 308])(
  'what is written follows no redirect (%i), not even to the registry itself',
  async (status) => {
    for (const location of [
      'https://evil.example.com/x',
      '/v2/elsewhere',
      'https://registry.example.com/x',
    ]) {
      const { push, seen } = clientOf(({ method }) =>
        method === 'HEAD'
          ? new Response(null, { status: 404 })
          : new Response(null, { status, headers: { location } }),
      );
      for (const write of [
        () => push.putBlob(REF, text('x')),
        () => push.putManifest(REF, '1.2.3', text('{}'), OCI_MANIFEST),
      ]) {
        const before = seen.length;
        expect(await failure(write())).toMatchObject({
          code: 'registry.redirect_refused',
          retryable: false,
        });
        expect(seen.slice(before).filter((one) => one.method !== 'HEAD')).toHaveLength(1);
      }
    }
  },
);

it('a whole registry that leads uploads elsewhere gets nothing', async () => {
  const { registry, push } = await boxed();
  registry.quirks.uploadLocation = 'https://auth.example.com{path}';
  expect(await failure(push.putBlob(REF, text('x')))).toMatchObject({ code: 'registry.redirect_refused' });
  expect(registry.count(/^PUT /)).toBe(0);
});
