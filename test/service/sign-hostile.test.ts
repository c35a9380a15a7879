import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { generateKeyPair } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { CHART_YAML, makeChart, makeTar } from '../chart/make-tar.ts';
import { TAR_CODES } from '../support/expected-tars.ts';
import { fixture } from '../support/fixtures.ts';
import { AUDIENCE, createIssuer, ISSUER, type OidcIssuer, rawToken } from '../support/oidc-issuer.ts';
import { NOW } from '../support/service.ts';
import { sha256 } from '../support/signing.ts';
import { createSigningWorld, RELEASE_ENTRY, type SigningWorld } from '../support/signing-world.ts';
import { vectorsDir } from '../support/vectors.ts';
import { AUTHORIZED, appConfig, PATIENT } from '../support/world.ts';

let world: SigningWorld;
let chart: { digest: string; reference: string };

const order = (more: object = {}) => ({ reference: chart.reference, expectedDigest: chart.digest, ...more });

/** Nothing was written, the tag is where it was, and the log says why. */
async function expectRefused(before: string | undefined, code: string, caller = 'tester') {
  expect(world.writes()).toEqual([]);
  expect(world.tag()).toBe(before);
  const records = await world.records();
  expect(records.at(-1)).toMatchObject({ kind: 'refused', code, caller });
  expect(records.filter(({ kind }) => kind !== 'refused')).toEqual([]);
}

describe('callers by token of an issuer', () => {
  let issuer: OidcIssuer;

  beforeAll(async () => {
    issuer = await createIssuer(() => NOW);
  });
  beforeEach(async () => {
    const oidc = (sub: string) => ({ oidc: { issuer: ISSUER, audience: AUDIENCE, claims: { sub } } });
    world = await createSigningWorld({
      config: {
        callers: { tester: { token: { secret: 'TESTER' } }, job: oidc('release'), other: oidc('other') },
        signing: [
          { ...RELEASE_ENTRY, callers: ['job'] },
          { ...RELEASE_ENTRY, name: 'private', callers: ['tester'] },
        ],
      },
      others: { 'issuer.test': issuer },
    });
    chart = await world.push();
  });

  const now = NOW / 1000;
  const payload = { iss: ISSUER, aud: AUDIENCE, exp: now + 300, iat: now, sub: 'release' };
  const good = () => issuer.token({ sub: 'release' });
  const bad: [string, () => Promise<string> | string][] = [
    ['expired', () => issuer.token({ sub: 'release', exp: now - 60 })],
    ['not valid yet', () => issuer.token({ sub: 'release', nbf: now + 60 })],
    ['without an end', () => issuer.token({ sub: 'release', exp: undefined })],
    ['for another audience', () => issuer.token({ sub: 'release', aud: 'sigstore' })],
    ['with alg none', () => rawToken({ alg: 'none', typ: 'JWT' }, payload)],
    ['with alg NONE and a third part', () => rawToken({ alg: 'NONE', kid: 'one' }, payload, 'AAAA')],
    ['with an HMAC', () => rawToken({ alg: 'HS256', kid: 'one' }, payload, 'AAAA')],
    [
      "signed with a stranger's key",
      async () => issuer.token({ sub: 'release' }, {}, await generateKeyPair('ES256')),
    ],
    [
      'of an unknown key',
      async () => issuer.token({ sub: 'release' }, { kid: 'two' }, await generateKeyPair('ES256')),
    ],
    ['of another issuer', () => issuer.token({ sub: 'release', iss: 'https://issuer.example' })],
    ['with the claims of nobody', () => issuer.token({ sub: 'releases' })],
    [
      'whose payload was changed',
      async () => {
        const [head, , signature] = (await issuer.token({ sub: 'nobody' })).split('.');
        return `${head}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${signature}`;
      },
    ],
  ];

  it.each(bad)('are not let in with one %s, and the log of signatures says nothing', async (_name, make) => {
    const token = await make();
    const answer = await world.sign(order(), { authorization: `Bearer ${token}` });
    expect([answer.status, answer.body.code]).toEqual([401, 'request.unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(JSON.stringify(answer.body)).not.toContain(token.slice(0, 30));
    expect(world.registry.requests).toEqual([]);
    expect(await world.records()).toEqual([]);
  });

  it('sign where they may and nowhere else, with their own keys only', async () => {
    const headers = { authorization: `Bearer ${await good()}` };
    const elsewhere = await world.registry.pushChart('elsewhere/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
    });
    const refused = [
      [
        { reference: 'oci://registry.test/elsewhere/app:1.2.3', expectedDigest: elsewhere.digest },
        'sign.repository',
      ],
      [{ reference: 'oci://registry.test/chartsx/app:1.2.3' }, 'sign.repository'],
      [order({ with: ['private'] }), 'sign.caller'],
      [order({ with: ['nosuch'] }), 'sign.caller'],
    ] as const;
    for (const [body, code] of refused) {
      const answer = await world.sign({ expectedDigest: chart.digest, ...body }, headers);
      expect([answer.status, answer.body.code]).toEqual([403, code]);
      expect(JSON.stringify(answer.body)).not.toMatch(code === 'sign.caller' ? /tester/ : /private/);
      await expectRefused(chart.digest, code, 'job');
    }
    const { status, body } = await world.sign(order(), headers);
    expect([status, body.code]).toEqual([201, undefined]);
    expect((await world.records()).at(-1)).toMatchObject({ kind: 'signed', caller: 'job' });
  });

  it('that are known and may use no key learn the names of none', async () => {
    const headers = { authorization: `Bearer ${await issuer.token({ sub: 'other' })}` };
    const answer = await world.sign(order(), headers);
    expect([answer.status, answer.body.code]).toEqual([403, 'sign.caller']);
    expect(answer.body.detail).not.toMatch(/private|job|tester/);
    await expectRefused(chart.digest, 'sign.caller', 'other');
  });
});

describe('what is asked', () => {
  beforeEach(async () => {
    world = await createSigningWorld();
    chart = await world.push();
  });

  it.each([
    ['no digest', { expectedDigest: undefined }, 422, 'sign.digest_required'],
    [
      'two digests',
      { reference: `oci://registry.test/charts/app:1.2.3@sha256:${'2'.repeat(64)}` },
      409,
      'sign.digest_mismatch',
    ],
    ['a digest that is none', { expectedDigest: 'sha256:abc' }, 422, 'reference.invalid'],
    [
      'a registry that is not listed',
      { reference: 'oci://elsewhere.test/charts/app:1.2.3' },
      403,
      'registry.not_listed',
    ],
    [
      'a path that leads out of the list',
      { reference: 'oci://registry.test/charts/../x/app:1.2.3' },
      422,
      'reference.invalid',
    ],
    [
      'a reference that is none',
      { reference: 'https://robot:pass-word@registry.test/app' },
      422,
      'reference.invalid',
    ],
    ['a range', { reference: 'oci://registry.test/charts/app', version: '^1' }, 422, 'sign.tag_required'],
    ['two keys', { with: ['release', 'replacer'] }, 422, 'sign.one_pgp'],
  ])('with %s is refused and recorded', async (_name, more, status, code) => {
    const answer = await world.sign(order(more));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    await expectRefused(chart.digest, code);
    expect(JSON.stringify(await world.records())).not.toContain('pass-word');
  });

  it('for a chart that the tag no longer derives from is refused with both digests', async () => {
    const other = await world.push('charts/app', await makeOther());
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code]).toEqual([409, 'sign.digest_mismatch']);
    expect(answer.body.detail).toContain(chart.digest);
    expect(answer.body.detail).toContain(other.digest);
    await expectRefused(other.digest, 'sign.digest_mismatch');
  });

  it('for an old chart whose archive somebody put back under a new manifest is refused', async () => {
    const again = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      annotations: { 'org.example.other': 'x' },
    });
    expect((await world.sign(order())).body.code).toBe('sign.digest_mismatch');
    await expectRefused(again.digest, 'sign.digest_mismatch');
  });

  it('twice in one request is signed once', async () => {
    const same = { reference: chart.reference, expectedDigest: chart.digest };
    for (const mode of ['attach', 'detached']) {
      const { status, body } = await world.sign(
        { references: [same, same, same], mode },
        {
          ...AUTHORIZED,
          'x-request-id': 'the-same-for-all',
        },
      );
      expect([mode, status, body.map(({ changed }: { changed: boolean }) => changed).sort()]).toEqual([
        mode,
        201,
        [false, false, true],
      ]);
    }
    expect(world.writes().filter((line) => line.endsWith('/manifests/1.2.3'))).toHaveLength(1);
  });
});

/** Another good app 1.2.3. */
async function makeOther(): Promise<Uint8Array> {
  return makeChart({ name: 'app/values.yaml', body: 'other: true\n' });
}

describe('a tag that somebody moves meanwhile', () => {
  let other: { digest: string };
  /** Puts the other chart under the tag. */
  let swap: () => Promise<unknown>;

  beforeEach(async () => {
    world = await createSigningWorld();
    other = await world.push('charts/app', await makeOther());
    const { bytes, mediaType } = world.registry.getManifest('charts/app', '1.2.3')!;
    swap = () => world.registry.putManifest('charts/app', '1.2.3', bytes, mediaType);
    chart = await world.push();
    expect(chart.digest).not.toBe(other.digest);
  });

  const tagPuts = () => world.writes().filter((line) => line === 'PUT /v2/charts/app/manifests/1.2.3');

  it.each([
    ['as soon as it was read', /^GET .*\/manifests\/1\.2\.3$/, 0],
    ['while the archive is read', /^GET .*\/blobs\//, 0],
    ['while the provenance is put', /^PUT .*\/blobs\/uploads\//, 0],
    ['after the signed manifest was put', /^PUT .*\/manifests\/sha256:/, 0],
  ])('%s is not moved: 409 with both digests', async (_name, when, tagPutsSeen) => {
    let done = false;
    world.hooks.after = async (request) => {
      if (done || `${request.method} ${new URL(request.url).pathname}`.search(when) < 0) return;
      done = true;
      await swap();
    };
    const answer = await world.sign(order());
    expect([done, answer.status, answer.body.code]).toEqual([true, 409, 'sign.tag_moved']);
    expect(answer.body.detail).toContain(chart.digest);
    expect(answer.body.detail).toContain(other.digest);
    expect(tagPuts()).toHaveLength(tagPutsSeen);
    expect(world.tag()).toBe(other.digest);
    expect((await world.records()).map(({ kind, code }) => code ?? kind)).toEqual([
      'intent',
      'sign.tag_moved',
    ]);
  });

  it.each(['before it is put', 'before it is put, and the answer is lost'])(
    '%s is not moved by a registry that honours If-Match',
    async (name) => {
      world.registry.quirks = {
        honourIfMatch: true,
        ...(name.includes('lost') ? { loseAnswer: /PUT .*manifests\/1\.2\.3/ } : {}),
      };
      world.hooks.before = async ({ method, url }) => {
        if (method === 'PUT' && url.endsWith('/manifests/1.2.3')) await swap();
      };
      const answer = await world.sign(order());
      expect(world.tag()).toBe(other.digest);
      if (name.includes('lost'))
        expect([answer.status, answer.body.code]).toEqual([502, 'registry.unavailable']);
      else {
        expect([answer.status, answer.body.code]).toEqual([409, 'sign.tag_moved']);
        expect(answer.body.detail).toContain(chart.digest);
        expect(answer.body.detail).toContain(other.digest);
      }
      expect((await world.records()).at(-1)).toMatchObject({ kind: 'failed' });
    },
  );

  it('after it was put is told, and not answered as signed', async () => {
    world.hooks.after = async ({ method, url }) => {
      if (method === 'PUT' && url.endsWith('/manifests/1.2.3')) await swap();
    };
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code]).toEqual([409, 'sign.tag_moved']);
    expect(world.tag()).toBe(other.digest);
  });

  it('away is not made again', async () => {
    world.hooks.after = ({ method, url }) => {
      if (method === 'PUT' && url.includes('/manifests/sha256:'))
        world.registry.remove('charts/app', '1.2.3');
    };
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code]).toEqual([404, 'chart.not_found']);
    expect([world.tag(), tagPuts()]).toEqual([undefined, []]);
  });
});

describe('archives that are traps', () => {
  beforeAll(async () => {
    world = await createSigningWorld();
  });

  async function expectTrap(archive: Uint8Array, codes: string[]) {
    chart = await world.push('charts/app', archive);
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code]).toEqual([422, 'sign.archive']);
    expect(
      codes.some((code) => answer.body.detail.includes(code)),
      answer.body.detail,
    ).toBe(true);
    await expectRefused(chart.digest, 'sign.archive');
    const detached = await world.sign(order({ mode: 'detached' }));
    expect([detached.status, detached.body.code]).toEqual([422, 'sign.archive']);
    await expectRefused(chart.digest, 'sign.archive');
  }

  it.each(tarFiles())('%s', async (name) => {
    const bytes = readFileSync(`${vectorsDir}/hostile/tar/${name}`);
    await expectTrap(gzipSync(bytes), TAR_CODES[name.slice(name.lastIndexOf('/') + 1)] ?? []);
  });

  const good = { name: 'app/Chart.yaml', body: CHART_YAML };
  it.each([
    [
      'a second Chart.yaml',
      makeChart({ name: 'app/Chart.yaml', body: CHART_YAML.replace('1.2.3', '6.6.6') }),
      'archive.',
    ],
    [
      'the same Chart.yaml by another spelling',
      makeChart({ name: 'app/./Chart.yaml', body: CHART_YAML }),
      'archive.',
    ],
    ['a path that leads out', makeChart({ name: 'app/../../etc/x', body: 'x' }), 'archive.'],
    ['an absolute path', makeChart({ name: '/etc/x', body: 'x' }), 'archive.'],
    [
      'a symbolic link',
      makeChart({ name: 'app/values.yaml', type: '2', link: '/etc/passwd' }),
      'archive.link',
    ],
    [
      'a hard link',
      makeChart({ name: 'app/values.yaml', type: '1', link: 'app/Chart.yaml' }),
      'archive.link',
    ],
    ['two roots', makeChart({ name: 'other/values.yaml', body: '' }), 'archive.several_roots'],
    [
      'another name',
      gzipSync(makeTar([{ ...good, body: CHART_YAML.replace('app', 'apq') }])),
      'chart.name_mismatch',
    ],
    [
      'another version',
      gzipSync(makeTar([{ ...good, body: CHART_YAML.replace('1.2.3', '1.2.4') }])),
      'chart.version_mismatch',
    ],
    ['no name', gzipSync(makeTar([{ ...good, body: 'apiVersion: v2\nversion: 1.2.3\n' }])), ''],
    [
      'metadata that Helm cannot write',
      gzipSync(makeTar([{ ...good, body: `${CHART_YAML}annotations: { k: "\\x7f" }\n` }])),
      'archive.chart_yaml',
    ],
    ['no Chart.yaml', gzipSync(makeTar([{ name: 'app/values.yaml', body: '' }])), 'archive.no_chart'],
    [
      'a file of more than 5 MiB',
      makeChart({ name: 'app/big', body: new Uint8Array(5 * 1024 * 1024 + 1) }),
      'archive.',
    ],
    ['bytes behind its end', Buffer.concat([makeChart(), Buffer.from('trailing')]), 'archive.'],
    ['its second half missing', makeChart().subarray(0, 60), 'archive.truncated'],
    ['no tar in it', gzipSync('nonsense'), 'archive.'],
  ])('with %s', async (_name, archive, code) => {
    await expectTrap(archive, [code]);
  });

  it('that the registry changes on the way are not signed', async () => {
    chart = await world.push();
    world.registry.quirks = { wrongBytes: /blobs\/sha256/ };
    const answer = await world.sign(order());
    world.registry.quirks = {};
    expect([answer.status, answer.body.code]).toEqual([502, 'registry.digest_mismatch']);
    await expectRefused(chart.digest, 'registry.digest_mismatch');
  });
});

function tarFiles(): string[] {
  if (vectorsDir === undefined) return [];
  const files = readdirSync(`${vectorsDir}/hostile/tar`, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.tar')).sort();
}

describe('manifests that are no single chart', () => {
  beforeEach(async () => {
    world = await createSigningWorld();
  });

  const layer = { mediaType: MEDIA_TYPES.provenance, digest: `sha256:${'a'.repeat(64)}`, size: 9 };
  it.each([
    [
      'a further layer',
      (m: Fields) => m.layers.push({ ...layer, mediaType: 'text/plain' }),
      'manifest.extra_layer',
    ],
    ['two provenance layers', (m: Fields) => m.layers.push(layer, { ...layer }), 'manifest.ambiguous'],
    ['two chart layers', (m: Fields) => m.layers.push({ ...m.layers[0] } as Layer), 'manifest.ambiguous'],
    [
      'a subject',
      (m: Fields) =>
        Object.assign(m, { subject: { ...layer, mediaType: 'application/vnd.oci.image.manifest.v1+json' } }),
      'manifest.subject',
    ],
    ['layers under two names', (m: Fields) => Object.assign(m, { Layers: [] }), 'manifest.invalid'],
    [
      'another config',
      (m: Fields) => Object.assign(m.config, { mediaType: 'application/vnd.oci.image.config.v1+json' }),
      'manifest.not_a_chart',
    ],
  ])('have %s: refused before a key is touched', async (_name, mutate, code) => {
    const { digest } = await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      mutate: mutate as never,
    });
    chart = { digest, reference: 'oci://registry.test/charts/app:1.2.3' };
    for (const body of [order(), order({ dryRun: true })]) {
      const answer = await world.sign(body);
      expect([answer.status, answer.body.code]).toEqual([422, code]);
      await expectRefused(digest, code);
    }
  });

  it('are an index: refused, with the charts in it', async () => {
    const { digest } = await world.push();
    const index = {
      schemaVersion: 2,
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 700 }],
    };
    const type = 'application/vnd.oci.image.index.v1+json';
    const indexed = await world.registry.putManifest(
      'charts/app',
      '1.2.3',
      { ...index, mediaType: type },
      type,
    );
    const answer = await world.sign({
      reference: 'oci://registry.test/charts/app:1.2.3',
      expectedDigest: indexed,
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'manifest.index']);
    expect(answer.body.detail).toContain(digest);
    await expectRefused(indexed, 'manifest.index');
  });
});

type Layer = { mediaType: string; digest: string; size: number };
type Fields = { config: object; layers: Layer[] };

describe('what the configuration forbids', () => {
  const policies = (mode: string) => [
    { name: 'gate', match: ['nowhere.test/**'], require: 'stranger', mode },
    { name: 'default', match: ['**'], require: 'release' },
  ];
  const trust = { release: { pgp: 'release.asc' }, stranger: { pgp: 'stranger.asc' } };

  it.each(['enforce', 'warn'])('a policy that must allow first and says no (%s)', async (mode) => {
    world = await createSigningWorld({
      config: { trust, policies: policies(mode), signing: [{ ...RELEASE_ENTRY, requires: 'gate' }] },
    });
    chart = await world.push();
    const denied = await world.sign(order());
    expect([denied.status, denied.body.code]).toEqual([403, 'sign.not_allowed']);
    expect(denied.body.detail).toContain('deny');
    await expectRefused(chart.digest, 'sign.not_allowed');
    // An open verdict is none.
    world.hooks.before = ({ url }) =>
      url.includes('/referrers/') ? new Response('', { status: 503 }) : undefined;
    const open = await world.sign(order());
    expect([open.status, open.body.code, open.body.retryable]).toEqual([403, 'sign.not_allowed', true]);
    expect(open.body.detail).toContain('inconclusive');
    await expectRefused(chart.digest, 'sign.not_allowed');
  });

  it('a chart that is blocked, by manifest or by archive, and a key that is', async () => {
    const archive = await fixture('demo/app-1.2.3.tgz');
    world = await createSigningWorld();
    const { digest } = await world.push();
    const { fingerprint } = (await (await world.service.fetch('/v1/keys')).json()).keys[0];
    for (const blocked of [
      { digests: [digest] },
      { digests: [sha256(archive)] },
      { signers: [fingerprint] },
    ]) {
      world = await createSigningWorld({ config: { blocked } });
      chart = await world.push();
      for (const mode of ['attach', 'detached']) {
        const answer = await world.sign(order({ mode }));
        expect([answer.status, answer.body.code]).toEqual([403, 'sign.not_allowed']);
        await expectRefused(digest, 'sign.not_allowed');
      }
    }
  });
});

describe('what the service itself loses', () => {
  const written = () => world.registry.getManifest('charts/app', '1.2.3')?.digest;

  it('the audit log before: nothing is signed and nothing written', async () => {
    world = await createSigningWorld({ auditRefuses: ['intent', 'refused'] });
    chart = await world.push();
    for (const mode of ['attach', 'detached']) {
      const answer = await world.sign(order({ mode }));
      expect([answer.status, answer.body.code]).toEqual([503, 'audit.unavailable']);
    }
    expect([world.writes(), written(), await world.records()]).toEqual([[], chart.digest, []]);
    expect((await world.service.logs()).join('')).not.toContain('PGP SIGNATURE');
  });

  it('the audit log after: that is no success, and a retry finds the signature', async () => {
    world = await createSigningWorld({ auditRefuses: ['signed', 'failed'] });
    chart = await world.push();
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code]).toEqual([503, 'audit.unavailable']);
    expect((await world.records()).map(({ kind }) => kind)).toEqual(['intent']);
    const again = await world.sign(order());
    expect([again.status, again.body.changed]).toEqual([200, false]);
    expect(await world.verdict(chart.reference)).toBe('allow');
  });

  it('its lock in the middle: the tag is not moved', async () => {
    world = await createSigningWorld({ config: { limits: { ...PATIENT, overallTimeoutMs: 300_000 } } });
    chart = await world.push();
    world.hooks.after = async ({ method, url }) => {
      if (method === 'PUT' && url.includes('/manifests/sha256:')) await world.service.setNow(NOW + 61_000);
    };
    const answer = await world.sign(order());
    expect([answer.status, answer.body.code, answer.body.retryable]).toEqual([409, 'sign.locked', true]);
    expect(written()).toBe(chart.digest);
    world.hooks.after = undefined;
    expect((await world.sign(order())).status).toBe(201);
    expect((await world.records()).map(({ kind }) => kind)).toEqual(['intent', 'failed', 'intent', 'signed']);
  });
});
