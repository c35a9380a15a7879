import { describe, expect, it } from 'vitest';
import { asked, boxed, text } from './box.ts';
import { BASIC, clientOf, digestOf, failure, REF } from './support.ts';

const CONTENT = 'signed text';
const DIGEST = digestOf(CONTENT);
const UPLOADS = '/v2/charts/app/blobs/uploads/';

describe('putBlob', () => {
  it('asks whether it is there, begins an upload and sends all of it in one PUT', async () => {
    const { registry, push } = await boxed();
    expect(await push.putBlob(REF, text(CONTENT))).toEqual({ digest: DIGEST, size: CONTENT.length });
    expect(asked(registry)).toEqual([
      `HEAD /v2/charts/app/blobs/${DIGEST}`,
      `POST ${UPLOADS}`,
      `PUT ${UPLOADS}upload-1?_state=upload-1&digest=${encodeURIComponent(DIGEST)}`,
    ]);
    expect(new TextDecoder().decode(registry.getBlob(REF.repository, DIGEST))).toBe(CONTENT);
  });

  it('sends nothing when it is there', async () => {
    const { registry, push } = await boxed();
    await registry.putBlob(REF.repository, text(CONTENT));
    await push.putBlob(REF, text(CONTENT));
    expect(registry.count(/^(?:POST|PUT) /)).toBe(0);
    expect(await push.headBlob(REF, DIGEST)).toBe(true);
    expect(await push.headBlob(REF, digestOf('other'))).toBe(false);
  });

  it('sends it where the registry answers no HEAD, and takes absolute Locations', async () => {
    const { registry, push } = await boxed();
    registry.quirks = { noHead: true, absoluteLocations: true };
    await push.putBlob(REF, text(CONTENT));
    expect(registry.getBlob(REF.repository, DIGEST)).toBeDefined();
    expect(await push.headBlob(REF, DIGEST)).toBe(false);
  });

  it.each([
    ['/upload/1', '/upload/1?digest='],
    ['/upload/1?', '/upload/1?digest='],
    ['1?_state=a%2Bb+c~%20==', '/v2/charts/app/blobs/uploads/1?_state=a%2Bb+c~%20==&digest='],
    ['/artifacts-uploads/x?a=1&b', '/artifacts-uploads/x?a=1&b&digest='],
    ['/x?digest=sha256:old&a=1', '/x?a=1&digest='],
    ['https://registry.example.com/x', '/x?digest='],
    ['https://REGISTRY.example.com.:443/x#f', '/x?digest='],
    ['http://registry.example.com/x', '/x?digest='],
    ['//registry.example.com/x', '/x?digest='],
  ])('finishes the upload at Location %s on its own origin', async (location, path) => {
    const { push, seen } = clientOf(({ method }) => {
      if (method === 'HEAD') return new Response(null, { status: 404 });
      return new Response(null, method === 'POST' ? { status: 202, headers: { location } } : { status: 201 });
    });
    await push.putBlob(REF, text(CONTENT));
    expect(seen[2]).toMatchObject({
      method: 'PUT',
      url: `https://registry.example.com${path}${encodeURIComponent(DIGEST)}`,
      body: CONTENT,
    });
    expect(seen[2]?.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('begins anew after a lost answer, and finds it there', async () => {
    const { registry, push, slept } = await boxed();
    registry.quirks.loseAnswer = { match: /^PUT /, times: 1 };
    await push.putBlob(REF, text(CONTENT));
    expect(registry.requests.map((one) => one.method)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD']);
    expect(slept).toEqual([150]);
  });

  it('begins anew after 5xx and 429', async () => {
    const { registry, push } = await boxed();
    registry.quirks.status = [
      { match: /^POST /, status: 503, times: 1 },
      { match: /^PUT /, status: 429, times: 1 },
    ];
    await push.putBlob(REF, text(CONTENT));
    expect(registry.requests.map((one) => one.method).join(' ')).toBe(
      'HEAD POST HEAD POST PUT HEAD POST PUT',
    );
  });

  it.each([
    [400, 'registry.upload_refused', false],
    [403, 'registry.unauthorized', false],
    [404, 'registry.upload_refused', false],
    [413, 'registry.upload_refused', false],
    [500, 'registry.unavailable', true],
  ])('a PUT that is answered %i', async (status, code, retryable) => {
    const { registry, push } = await boxed();
    registry.quirks.status = { match: /^PUT /, status };
    const error = await failure(push.putBlob(REF, text(CONTENT)));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(`registry registry.example.com, blob charts/app@${DIGEST}`);
    if (status === 403) expect(error.help).toContain('may push');
  });

  it('a registry that says it keeps other content is not believed', async () => {
    const { push } = clientOf(({ method }) => {
      if (method === 'HEAD') return new Response(null, { status: 404 });
      if (method === 'POST') return new Response(null, { status: 202, headers: { location: '/x' } });
      return new Response(null, { status: 201, headers: { 'docker-content-digest': digestOf('other') } });
    });
    expect(await failure(push.putBlob(REF, text(CONTENT)))).toMatchObject({
      code: 'registry.digest_mismatch',
    });
  });

  it('is refused to a session that was not opened to push, before anything is sent', async () => {
    const { registry, pull, chart } = await boxed();
    expect(await failure(pull.putManifest(REF, '1.2.3', chart.bytes, 'x/y'))).toMatchObject({
      code: 'internal.error',
    });
    await expect(pull.putBlob(REF, text(CONTENT))).rejects.toThrow('not opened to push');
    expect(registry.count(/^(?:POST|PUT) /)).toBe(0);
  });
});

describe('credentials for pushing', () => {
  const realm = 'https://auth.example.com/token';
  const withTokens = () =>
    boxed({ registries: [{ host: REF.host, credentials: BASIC, tokenHosts: ['auth.example.com'] }] });

  it('a token for pulling and one for pushing, each once', async () => {
    const { registry, client, chart } = await withTokens();
    registry.quirks.auth = { token: { realm, service: 's', users: { user: BASIC.password } } };
    await client.session().getManifest(REF, '1.2.3');
    const push = client.session({ action: 'push' });
    await push.putBlob(REF, text(CONTENT));
    await push.putManifest(REF, '1.2.3', chart.bytes, 'application/vnd.oci.image.manifest.v1+json');
    await client.session().getManifest(REF, '1.2.3');
    await client.session({ action: 'push' }).headBlob(REF, DIGEST);
    const scopes = registry.requests
      .filter((one) => one.kind === 'token')
      .map((one) => new URL(one.url).searchParams.get('scope'));
    expect(scopes).toEqual(['repository:charts/app:pull', 'repository:charts/app:pull,push']);
    expect(push.stats).toMatchObject({ tokenRequests: 1, requests: 4 });
  });

  it('where reading is free the first write is challenged, and its body sent again', async () => {
    const { push, seen } = clientOf(
      ({ method, headers }) => {
        if (method === 'HEAD') return new Response(null, { status: 404 });
        if (!headers.has('authorization')) {
          return new Response('', { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } });
        }
        if (method === 'POST') return new Response(null, { status: 202, headers: { location: '/x' } });
        return new Response(null, { status: 201 });
      },
      { registry: { credentials: BASIC } },
    );
    await push.putManifest(REF, '1.2.3', text('{}'), 'application/vnd.oci.image.manifest.v1+json');
    expect(seen.map((one) => [one.method, one.body])).toEqual([
      ['PUT', '{}'],
      ['PUT', '{}'],
    ]);
  });

  it('credentials that may only pull are named as the reason', async () => {
    const { registry, push } = await withTokens();
    registry.quirks.auth = {
      token: { realm, service: 's', users: { user: BASIC.password } },
    };
    registry.quirks.status = { match: /^POST /, status: 401 };
    const error = await failure(push.putBlob(REF, text(CONTENT)));
    expect(error).toMatchObject({ code: 'registry.unauthorized', help: expect.stringContaining('may push') });
    expect(JSON.stringify(error)).not.toContain(BASIC.password);
  });
});
