import { expect, it } from 'vitest';
import { clientOf, failure, REF } from '../oci/support.ts';

const page = (tags: string[], link: string) =>
  Response.json({ tags }, { headers: { link: `<${link}>; rel="next"` } });
const path = '/v2/charts/app/tags/list';

it('a list that always goes on ends with the requests of the session', async () => {
  const { session, seen } = clientOf((_, i) => page([`1.${i}.0`], `${path}?last=${i}`));
  expect(await failure(session.listTags(REF))).toMatchObject({ code: 'limit.requests', retryable: false });
  expect(seen).toHaveLength(40);
});

it('or with its pages', async () => {
  const { session } = clientOf((_, i) => page([], `${path}?last=${i}`), { limits: { tagPages: 7 } });
  const error = await failure(session.listTags(REF));
  expect(error).toMatchObject({ code: 'registry.too_large', help: expect.stringContaining('exact version') });
  expect(session.stats.requests).toBe(7);
});

it('or with its tags', async () => {
  const { session } = clientOf(
    (_, i) =>
      page(
        Array.from({ length: 500 }, (_x, j) => `1.${i}.${j}`),
        `${path}?last=${i}`,
      ),
    {
      limits: { tags: 1200 },
    },
  );
  expect(await failure(session.listTags(REF))).toMatchObject({ code: 'registry.too_large' });
  expect(session.stats.requests).toBe(3);
});

it('a page that leads back to itself or an earlier one is an error at once', async () => {
  const { session } = clientOf((_, i) => page(['a'], `${path}?last=${i % 2}`));
  expect(await failure(session.listTags(REF))).toMatchObject({ code: 'registry.protocol' });
  expect(session.stats.requests).toBe(3);
});
