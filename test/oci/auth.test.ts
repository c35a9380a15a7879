import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/oci/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { BASIC, challenge, clientOf, failure, manifestAnswer, NOW, REF, type Seen } from './support.ts';

const REALM = 'https://auth.example.com/token';
const BEARER = `Bearer realm="${REALM}",service="registry",scope="repository:charts/app:pull,push"`;
const basic = `Basic ${Buffer.from('user:very-secret').toString('base64')}`;
const token = (seen: Seen) => seen.url.startsWith('https://auth.example.com/');

/** A registry that wants `Bearer <valid>`, and a token service that hands out what `answer` gives. */
function tokenRegistry(
  answer: (seen: Seen) => Response,
  options: {
    credentials?: Credentials;
    valid?: (header: string | null) => boolean;
    header?: string;
    clock?: () => number;
  } = {},
) {
  const valid = options.valid ?? ((header) => header?.startsWith('Bearer ') === true);
  return clientOf(
    (seen) => {
      if (token(seen)) return answer(seen);
      return valid(seen.headers.get('authorization'))
        ? manifestAnswer()
        : challenge(options.header ?? BEARER);
    },
    {
      ...(options.credentials === undefined ? {} : { registry: { credentials: options.credentials } }),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    },
  );
}

describe('Basic', () => {
  const registry = () =>
    clientOf(
      ({ headers }) =>
        headers.get('authorization') === basic ? manifestAnswer() : challenge('Basic realm="r"'),
      {
        registry: { credentials: BASIC },
      },
    );

  it('is sent when asked for, then at once', async () => {
    const { client, seen } = registry();
    await client.session().getManifest(REF, '1');
    const warm = client.session();
    await warm.getManifest(REF, '1');
    expect(seen.map((one) => one.headers.get('authorization'))).toEqual([null, basic, basic]);
    expect(warm.stats.requests).toBe(1);
  });

  it('is never sent by an anonymous session', async () => {
    const { client, seen } = registry();
    await client.session().getManifest(REF, '1');
    const error = await failure(client.session({ anonymous: true }).getManifest(REF, '1'));
    expect(error).toMatchObject({
      code: 'registry.unauthorized',
      message: expect.stringContaining('made without'),
    });
    expect(seen.at(-1)?.headers.get('authorization')).toBeNull();
  });

  it('that is refused is not sent again, and not shown', async () => {
    const { session, seen } = clientOf(() => challenge('Basic realm="r"'), {
      registry: { credentials: BASIC },
    });
    const error = await failure(session.getManifest(REF, '1'));
    expect(error).toMatchObject({
      code: 'registry.unauthorized',
      retryable: false,
      message: expect.stringContaining('are refused'),
    });
    expect(JSON.stringify(error)).not.toContain('very-secret');
    expect(seen).toHaveLength(2);
  });

  it('speaks UTF-8', async () => {
    const { session, seen } = clientOf((_, i) => (i === 0 ? challenge('Basic') : manifestAnswer()), {
      registry: { credentials: { kind: 'basic', username: 'u', password: 'pässword€' } },
    });
    await session.getManifest(REF, '1');
    expect(Buffer.from(seen[1]?.headers.get('authorization')?.slice(6) ?? '', 'base64').toString()).toBe(
      'u:pässword€',
    );
  });

  it('can come from a credential helper, asked once a session and for this repository', async () => {
    const asked: string[] = [];
    const { session } = clientOf(
      ({ headers }) => (headers.has('authorization') ? manifestAnswer() : challenge('Basic')),
      {
        credentialsFor: async (host, repository) => {
          asked.push(`${host}/${repository}`);
          return BASIC;
        },
      },
    );
    await session.getManifest(REF, '1');
    await session.getManifest(REF, '1');
    expect(asked).toEqual(['registry.example.com/charts/app']);
  });
});

describe('Bearer', () => {
  it('asks anonymously, with service and a scope cut down to pulling', async () => {
    const { session, seen } = tokenRegistry(() => Response.json({ token: 't1' }));
    await session.getManifest(REF, '1');
    expect(session.stats).toMatchObject({ requests: 2, tokenRequests: 1 });
    const url = new URL(seen[1]?.url ?? '');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      service: 'registry',
      scope: 'repository:charts/app:pull',
    });
    expect(seen[1]?.headers.get('authorization')).toBeNull();
    expect(seen[2]?.headers.get('authorization')).toBe('Bearer t1');
  });

  it('keeps challenge and token: a warm session needs one request', async () => {
    const { client } = tokenRegistry(() => Response.json({ access_token: 't1', expires_in: 300 }));
    await client.session().getManifest(REF, '1');
    const warm = client.session();
    await warm.getManifest(REF, '1');
    expect(warm.stats).toMatchObject({ requests: 1, tokenRequests: 0 });
  });

  it('asks a new token for another repository, without another 401', async () => {
    const { client, seen } = tokenRegistry(() => Response.json({ token: 't1' }));
    await client.session().getManifest(REF, '1');
    const other = client.session();
    await other.getManifest(parseReference('oci://registry.example.com/other:1'), '1');
    expect(other.stats).toMatchObject({ requests: 1, tokenRequests: 1 });
    expect(new URL(seen.filter(token).at(-1)?.url ?? '').searchParams.get('scope')).toBe(
      'repository:other:pull',
    );
  });

  it('gives anonymous sessions no token of a caller', async () => {
    const { client, seen } = tokenRegistry(
      (one) => Response.json({ token: one.headers.has('authorization') ? 'own' : 'anon' }),
      {
        credentials: BASIC,
      },
    );
    await client.session().getManifest(REF, '1');
    await client.session({ anonymous: true }).getManifest(REF, '1');
    expect(seen.filter((one) => !token(one)).map((one) => one.headers.get('authorization'))).toEqual([
      null,
      'Bearer own',
      'Bearer anon',
    ]);
  });

  it.each([
    ['expires_in', { expires_in: 100 }, 94_000, 96_000],
    ['60 seconds where none is named', {}, 54_000, 56_000],
    ['issued_at', { expires_in: 100, issued_at: new Date(NOW - 50_000).toISOString() }, 44_000, 46_000],
    [
      'now, if issued_at lies ahead',
      { expires_in: 100, issued_at: new Date(NOW + 50_000).toISOString() },
      94_000,
      96_000,
    ],
  ])('keeps a token as long as %s says', async (_name, extra, still, over) => {
    let now = NOW;
    const { client, seen } = tokenRegistry(() => Response.json({ token: 't', ...extra }), {
      clock: () => now,
    });
    await client.session().getManifest(REF, '1');
    now = NOW + still;
    await client.session().getManifest(REF, '1');
    expect(seen.filter(token)).toHaveLength(1);
    now = NOW + over;
    await client.session().getManifest(REF, '1');
    expect(seen.filter(token)).toHaveLength(2);
  });

  it.each([
    ['', BEARER],
    [' though only Basic is offered then (Harbor)', 'Basic realm="harbor"'],
  ])('renews a token that has expired early, once%s', async (_name, second) => {
    let issued = 0;
    let current = '';
    const { client, seen } = clientOf(
      (one) => {
        if (token(one)) {
          current = `t${++issued}`;
          return Response.json({ token: current, expires_in: 3600 });
        }
        const sent = one.headers.get('authorization');
        return sent === `Bearer ${current}` ? manifestAnswer() : challenge(sent === null ? BEARER : second);
      },
      { registry: { credentials: BASIC } },
    );
    await client.session().getManifest(REF, '1');
    current = 'revoked';
    const session = client.session();
    await session.getManifest(REF, '1');
    expect(session.stats).toMatchObject({ requests: 2, tokenRequests: 1 });
    expect(seen.at(-1)?.headers.get('authorization')).toBe('Bearer t2');
  });

  it('does not go round in circles when every token is refused', async () => {
    const { session } = tokenRegistry(() => Response.json({ token: 't' }), { valid: () => false });
    expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.unauthorized' });
    expect(session.stats).toMatchObject({ requests: 2, tokenRequests: 1 });
  });

  it('sends a password to the token service in a header, by GET', async () => {
    const { session, seen } = tokenRegistry(() => Response.json({ token: 't' }), { credentials: BASIC });
    await session.getManifest(REF, '1');
    expect(seen[1]).toMatchObject({ method: 'GET' });
    expect(seen[1]?.headers.get('authorization')).toBe(basic);
  });

  it.each([404, 405])('turns to the OAuth2 POST where GET is answered %i', async (status) => {
    const { session, seen } = tokenRegistry(
      ({ method }) =>
        method === 'GET' ? new Response('', { status }) : Response.json({ access_token: 't' }),
      { credentials: BASIC },
    );
    await session.getManifest(REF, '1');
    expect(Object.fromEntries(new URLSearchParams(seen[2]?.body))).toMatchObject({
      grant_type: 'password',
      username: 'user',
      password: 'very-secret',
      client_id: 'chartseal',
      service: 'registry',
      scope: 'repository:charts/app:pull',
    });
  });

  const identity = { kind: 'identityToken', token: 'refresh-secret' } as const;
  it('sends an identity token by OAuth2 POST', async () => {
    const { session, seen } = tokenRegistry(() => Response.json({ access_token: 't' }), {
      credentials: identity,
    });
    await session.getManifest(REF, '1');
    expect(seen[1]).toMatchObject({ method: 'POST', url: REALM });
    expect(Object.fromEntries(new URLSearchParams(seen[1]?.body))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-secret',
    });
  });

  it.each([404, 405])('turns to GET where POST is answered %i', async (status) => {
    const { session, seen } = tokenRegistry(
      ({ method }) => (method === 'POST' ? new Response('', { status }) : Response.json({ token: 't' })),
      { credentials: identity },
    );
    await session.getManifest(REF, '1');
    expect(seen[2]?.method).toBe('GET');
    expect(Buffer.from(seen[2]?.headers.get('authorization')?.slice(6) ?? '', 'base64').toString()).toBe(
      '<token>:refresh-secret',
    );
  });

  it('prefers Bearer among several challenges', async () => {
    const { session } = tokenRegistry(() => Response.json({ token: 't' }), {
      credentials: BASIC,
      header: `Basic realm="GitHub Package Registry", ${BEARER}`,
    });
    await session.getManifest(REF, '1');
    expect(session.stats.tokenRequests).toBe(1);
  });

  it('asks one token for blobs fetched at the same time', async () => {
    const { session } = tokenRegistry(() => Response.json({ token: 't' }));
    await Promise.all([
      session.getManifest(REF, '1'),
      session.getManifest(REF, '2'),
      session.getManifest(REF, '3'),
    ]);
    expect(session.stats.tokenRequests).toBe(1);
  });

  it.each([
    [401, 'registry.unauthorized', false],
    [403, 'registry.unauthorized', false],
    [418, 'registry.protocol', false],
    [429, 'registry.rate_limited', true],
    [500, 'registry.unavailable', true],
  ])('a token service that answers %i', async (status, code, retryable) => {
    const { session } = tokenRegistry(() => new Response('', { status }), { credentials: BASIC });
    const error = await failure(session.getManifest(REF, '1'));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain('token service auth.example.com of registry registry.example.com');
    expect(JSON.stringify(error)).not.toContain('very-secret');
  });

  it.each([
    ['no JSON', '<html>'],
    ['no token', '{}'],
    ['a token with a line break', '{"token":"a\\r\\nx: y"}'],
    ['a token that is a number', '{"token":1}'],
    ['null', 'null'],
  ])('refuses an answer with %s', async (_name, body) => {
    const { session } = tokenRegistry(() => new Response(body));
    expect(await failure(session.getManifest(REF, '1'))).toMatchObject({ code: 'registry.protocol' });
  });
});
