import { createHash } from 'node:crypto';
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEdge } from '../support/bundle-edge.ts';
import { fixture } from '../support/fixtures.ts';
import { PUBLIC_GOOD, publicGoodWith } from '../support/trusted-roots.ts';
import { createTufRepository, makeKey, type TufRepository } from '../support/tuf-repository.ts';

// The Worker as it is deployed, in workerd, with its own clock: its scheduled job renews the trusted root in KV, and its
// service uses what is there.

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const FOREVER = '2126-01-01T00:00:00Z';

const CONFIG = {
  registries: [{ host: 'registry.example.com' }],
  trust: { team: { pgp: 'release.asc' } },
  sigstore: {
    refresh: { mirror: 'https://tuf.example.com/mirror', root: 'root.json', trustedRoot: 'first.json' },
  },
  policies: [{ name: 'all', match: ['**'], require: 'team' }],
  access: { verify: 'anyone' },
};

const lines: string[] = [];

function workerOf(script: string, repository: TufRepository): Miniflare {
  return new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script,
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      kvNamespaces: { TRUST: 'trust' },
      outboundService: async (request) => {
        const answer = await repository.fetch(request.url, {});
        return new MiniflareResponse(await answer.arrayBuffer(), { status: answer.status });
      },
    }),
    handleStructuredLogs: ({ message }) => lines.push(message),
    telemetry: { enabled: false },
  });
}

describe('a trusted root at the edge', () => {
  const repository = createTufRepository({ targets: { 'trusted_root.json': publicGoodWith(1) } });
  const { root } = repository;
  let script: string;
  let miniflare: Miniflare;

  beforeAll(async () => {
    // ed25519, ECDSA and RSA: the targets need one of each.
    for (const role of Object.values(repository.roles)) role.expires = FOREVER;
    repository.roles.targets.keys.push(makeKey('rsa'));
    repository.roles.targets.threshold = 3;
    repository.publishRoot();
    repository.publish();
    script = await bundleEdge(CONFIG, {
      'release.asc': await fixture('keys/release.asc'),
      'root.json': root,
      'first.json': PUBLIC_GOOD,
    });
    miniflare = workerOf(script, repository);
  });
  afterAll(() => miniflare.dispose());

  const refresh = async () =>
    (await miniflare.getWorker()).scheduled({ cron: '* * * * *', scheduledTime: new Date() });
  const health = async () => {
    const response = await miniflare.dispatchFetch('http://chartseal.test/readyz');
    return ((await response.json()) as { trustRoot: Record<string, unknown> }).trustRoot;
  };
  const kept = async () =>
    (await (await miniflare.getKVNamespace('TRUST')).get('tuf.json', 'text')) as string;

  it('is the file of the configuration until the first refresh', async () => {
    expect(await health()).toEqual({ digest: digestOf(PUBLIC_GOOD), refreshedAt: null, expires: null });
  });

  it('is renewed by the scheduled job, and used by the next isolate', async () => {
    expect(await refresh()).toMatchObject({ outcome: 'ok' });
    const { good } = JSON.parse(await kept());
    const bytes = Buffer.from(good.files['trusted_root.json'], 'base64');
    expect(digestOf(bytes)).toBe(digestOf(publicGoodWith(1)));

    await restart();
    expect(await health()).toMatchObject({
      digest: digestOf(publicGoodWith(1)),
      expires: '2126-01-01T00:00:00.000Z',
    });
  });

  it('stays when the repository shows what does not hold', async () => {
    const before = await kept();
    const { keys } = repository.roles.targets;
    repository.roles.targets.signers = [keys[0]!, keys[1]!, makeKey('rsa')];
    repository.publish({ 'trusted_root.json': publicGoodWith(2) });
    expect(await refresh()).toMatchObject({ outcome: 'exception' });
    const goodOf = (record: string) => JSON.parse(record).good;
    expect(goodOf(await kept())).toEqual(goodOf(before));

    repository.roles.targets.signers = undefined;
    repository.roles.timestamp.expires = '2026-11-01T00:00:00Z';
    repository.publish({ 'trusted_root.json': publicGoodWith(3) });
    expect(await refresh()).toMatchObject({ outcome: 'exception' });
    expect(goodOf(await kept())).toEqual(goodOf(before));
    await restart();
    expect(await health()).toMatchObject({ digest: digestOf(publicGoodWith(1)) });

    repository.roles.timestamp.expires = FOREVER;
    repository.publish();
    expect(await refresh()).toMatchObject({ outcome: 'ok' });
  });

  // A new isolate; KV stays, as it is told to another Miniflare.
  async function restart(): Promise<void> {
    const record = await kept();
    await miniflare.dispose();
    miniflare = workerOf(script, repository);
    await (await miniflare.getKVNamespace('TRUST')).put('tuf.json', record);
  }
});
