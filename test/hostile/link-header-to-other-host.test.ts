import { expect, it } from 'vitest';
import { BASIC, challenge, clientOf, failure, REF } from '../oci/support.ts';

it.each([
  'https://evil.example.com/v2/charts/app/tags/list?last=a',
  'https://registry.example.com:8443/v2/charts/app/tags/list',
  'https://registry.example.com.evil.com/v2/x/tags/list',
  '//evil.example.com/v2/charts/app/tags/list',
  'https://127.0.0.1/v2/charts/app/tags/list',
  'ftp://evil.example.com/',
  'javascript:alert(1)',
  'https://registry.example.com/api/v2.0/users',
  '/v2/../api/users',
  'https://evil.example.com/repository/x/v2/charts/app/tags/list',
  '/repository/x/v2/charts/other/tags/list',
  '/api/v2/charts/app/tags/list/users',
  'https://[',
])('a list of tags does not lead to %s', async (link) => {
  const { session, seen } = clientOf(
    (one) =>
      one.headers.has('authorization')
        ? Response.json({ tags: ['1.0.0'] }, { headers: { link: `<${link}>; rel="next"` } })
        : challenge('Basic'),
    { registry: { credentials: BASIC } },
  );
  expect(await failure(session.listTags(REF))).toMatchObject({ code: 'registry.protocol', retryable: false });
  expect(seen).toHaveLength(2);
});
