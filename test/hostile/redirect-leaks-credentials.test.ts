import { expect, it } from 'vitest';
import { parseReference } from '../../src/oci/index.ts';
import { BASIC, BLOB, challenge, clientOf, descriptorOf, failure, REF } from '../oci/support.ts';

const PROV = descriptorOf(BLOB);
const moved = (location: string) => new Response(null, { status: 307, headers: { location } });
const options = { registry: { credentials: BASIC } };

it.each([
  'https://cdn.example.com/x',
  'https://registry.example.com:8443/x',
  'https://registry.example.com.evil.com/x',
  'https://sub.registry.example.com/x',
])('no credentials follow a redirect to %s', async (location) => {
  const { session, seen } = clientOf((one) => {
    if (!one.url.startsWith('https://registry.example.com/')) return new Response(BLOB);
    return one.headers.has('authorization') ? moved(location) : challenge('Basic realm="r"');
  }, options);
  await session.getBlob(REF, PROV, 99);
  expect(seen.map((one) => one.headers.has('authorization'))).toEqual([false, true, false]);
  expect(seen[2]?.headers.has('cookie')).toBe(false);
});

it('they stay within the first origin, and do not come back to it over another', async () => {
  const within = clientOf((one, i) => {
    if (!one.headers.has('authorization')) return challenge('Basic');
    return i === 1 ? moved('/elsewhere') : new Response(BLOB);
  }, options);
  await within.session.getBlob(REF, PROV, 99);
  expect(within.seen[2]?.headers.has('authorization')).toBe(true);

  const back = clientOf((_, i) => {
    if (i === 0) return challenge('Basic');
    if (i === 1) return moved('https://cdn.example.com/x');
    return i === 2 ? moved('https://registry.example.com/admin') : new Response(BLOB);
  }, options);
  await back.session.getBlob(REF, PROV, 99);
  expect(back.seen[3]?.headers.has('authorization')).toBe(false);
});

it('a challenge from where a redirect led is not answered', async () => {
  const { session, seen } = clientOf((one) => {
    if (one.url.startsWith('https://evil.example.com/')) {
      return challenge('Basic realm="r", Bearer realm="https://evil.example.com/token"');
    }
    return moved('https://evil.example.com/x');
  }, options);
  expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject({ code: 'registry.unauthorized' });
  expect(seen).toHaveLength(2);
  expect(seen.some((one) => one.headers.has('authorization'))).toBe(false);
});

it('one registry does not get the credentials or tokens of another', async () => {
  const { client, seen } = clientOf(
    (one) => (one.headers.has('authorization') ? new Response(BLOB) : challenge('Basic')),
    {
      registries: [
        { host: 'registry.example.com', credentials: BASIC },
        { host: 'registry.example.com:8443' },
        { host: '*' },
      ],
    },
  );
  await client.session().getBlob(REF, PROV, 99);
  for (const host of ['registry.example.com:8443', 'other.example.com']) {
    await failure(client.session().getBlob(parseReference(`${host}/charts/app`), PROV, 99));
    expect(seen.at(-1)?.headers.has('authorization')).toBe(false);
  }
});

it('a wildcard entry carries no credentials, not even those a helper would find', async () => {
  const asked: string[] = [];
  const { session } = clientOf(() => challenge('Basic'), {
    registries: [{ host: '*.example.com' }],
    credentialsFor: async (host) => {
      asked.push(host);
      return BASIC;
    },
  });
  expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject({ code: 'registry.unauthorized' });
  expect(asked).toEqual([]);
  expect(() =>
    clientOf(() => challenge('Basic'), { registries: [{ host: '*', credentials: BASIC }] }),
  ).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  expect(() => clientOf(() => challenge('Basic'), { registries: [{ host: '*', plainHttp: true }] })).toThrow(
    /wildcard/,
  );
});
