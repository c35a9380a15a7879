import { describe, expect, test } from 'vitest';
import { createTufRepository, makeKey, text } from '../../support/tuf-repository.ts';
import { createClient, expectRefused } from './support.ts';

describe('a refresh', () => {
  test('fetches the trusted root, by the hash that is signed, and keeps it', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    expect(await client.kept()).toBeUndefined();
    const refreshed = await client.refresh();
    expect(new TextDecoder().decode(refreshed.files.get('trusted_root.json'))).toBe('first');
    expect(refreshed).toMatchObject({
      changed: true,
      refreshedAt: client.state.now,
      expires: Date.parse('2026-12-24T00:00:00Z'),
      versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    });
    expect(repository.asked).toEqual([
      '2.root.json',
      'timestamp.json',
      '1.snapshot.json',
      '1.targets.json',
      expect.stringMatching(/^targets\/[0-9a-f]{64}\.trusted_root\.json$/),
    ]);
    expect(await client.kept()).toBe('first');
  });

  test('without news costs two requests, and tells that nothing changed', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    await client.refresh();
    repository.asked.length = 0;
    expect((await client.refresh()).changed).toBe(false);
    expect(repository.asked).toEqual(['2.root.json', 'timestamp.json']);
  });

  test('takes a new trusted root', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    await client.refresh();
    repository.publish({ 'trusted_root.json': text('second') });
    expect((await client.refresh()).changed).toBe(true);
    expect(await client.kept()).toBe('second');
  });

  test('without hashes in timestamp and snapshot, as the public-good repository has it', async () => {
    const repository = createTufRepository({ hashes: false });
    const client = createClient(repository);
    await client.refresh();
    expect(await client.kept()).toBe('first');
  });

  test('of a repository without consistent snapshots', async () => {
    const repository = createTufRepository({ consistent: false });
    const client = createClient(repository);
    await client.refresh();
    expect(repository.asked).toEqual([
      '2.root.json',
      'timestamp.json',
      'snapshot.json',
      'targets.json',
      'targets/trusted_root.json',
    ]);
  });

  test('of a repository whose keys are RSA', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.roles.targets.keys = [makeKey('rsa'), makeKey('rsa')];
    repository.publishRoot();
    repository.publish({ 'trusted_root.json': text('rsa') });
    await client.refresh();
    expect(await client.kept()).toBe('rsa');
  });

  test('fetches several targets, and refuses all if one is not listed', async () => {
    const repository = createTufRepository({ targets: { 'trusted_root.json': text('r'), other: text('o') } });
    const client = createClient(repository);
    const { files } = await client.refresh({ targets: ['trusted_root.json', 'other'] });
    expect([...files.keys()]).toEqual(['trusted_root.json', 'other']);
    await expect(client.refresh({ targets: ['trusted_root.json', 'toString'] })).rejects.toMatchObject({
      code: 'tuf.target_missing',
    });
  });

  test('takes nothing that the caller cannot use', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    await client.refresh();
    repository.publish({ 'trusted_root.json': text('nonsense') });
    const accept = () => {
      throw new Error('this is no trusted root');
    };
    await expect(client.refresh({ accept })).rejects.toThrow('this is no trusted root');
    expect(await client.kept()).toBe('first');
  });

  test('asks a mirror over https only, or this machine itself', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    const seen: string[] = [];
    const fetch = async (url: string) => {
      seen.push(url);
      return new Response('', { status: 404 });
    };
    for (const mirror of ['http://tuf.example.com', 'ftp://127.0.0.1/', 'http://127.0.0.1.example.com', '']) {
      await expect(client.refresh({ mirror, fetch })).rejects.toMatchObject({ code: 'tuf.unavailable' });
    }
    expect(seen).toEqual([]);
    await expect(client.refresh({ mirror: 'http://127.0.0.1:8080/tuf', fetch })).rejects.toThrow();
    expect(seen[0]).toBe('http://127.0.0.1:8080/tuf/2.root.json');
  });

  test('follows no redirect and passes on no other answer', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.answers.set('timestamp.json', () => Response.redirect('https://elsewhere.example.com/', 302));
    await expectRefused(client, 'tuf.unavailable', /status 302/);
    // Nor does the fetch of the platform.
    const asked: unknown[] = [];
    await createClient(repository)
      .refresh({
        fetch: (url, init) => {
          asked.push(init.redirect);
          return repository.fetch(url, init);
        },
      })
      .catch(() => {});
    expect(new Set(asked)).toEqual(new Set(['manual']));
    repository.answers.set('timestamp.json', () => new Response('', { status: 503 }));
    await expectRefused(client, 'tuf.unavailable', /status 503/);
    repository.answers.set('timestamp.json', () => Promise.reject(new TypeError('fetch failed')));
    await expectRefused(client, 'tuf.unavailable', /connection failed/);
    repository.answers.set('2.root.json', () => new Response('', { status: 500 }));
    await expectRefused(client, 'tuf.unavailable', /2\.root\.json: it answered with status 500/);
  });

  test('ends when the caller gives up', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    const controller = new AbortController();
    repository.answers.set('timestamp.json', () => {
      controller.abort();
      return new Promise(() => {});
    });
    await expect(client.refresh({ signal: controller.signal })).rejects.toMatchObject({
      code: 'tuf.unavailable',
      message: expect.stringContaining('given up') as string,
    });
  });
});

describe('the root', () => {
  test('is followed over several versions, each signed by the keys before and its own', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.roles.root.keys = [makeKey(), makeKey(), makeKey('ed25519')];
    repository.publishRoot();
    repository.roles.root.keys = [makeKey('ed25519'), makeKey('ed25519'), makeKey()];
    repository.roles.root.threshold = 3;
    repository.publishRoot();
    repository.roles.targets.keys = [makeKey(), makeKey()];
    repository.publishRoot();
    repository.publish({ 'trusted_root.json': text('after') });
    expect((await client.refresh()).versions.root).toBe(4);
    expect(await client.kept()).toBe('after');
    // The next time it begins where it ended.
    repository.asked.length = 0;
    await client.refresh();
    expect(repository.asked[0]).toBe('5.root.json');
  });

  test('may have expired on the way, as long as the newest has not', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.roles.root.expires = '2026-01-01T00:00:00Z';
    repository.publishRoot();
    repository.roles.root.expires = '2027-01-01T00:00:00Z';
    repository.publishRoot();
    expect((await client.refresh()).versions.root).toBe(3);
  });

  test('goes forward so far in one refresh, and on in the next', async () => {
    const repository = createTufRepository();
    const client = createClient(repository, { limits: { rootRotations: 2 } });
    for (let step = 0; step < 3; step++) repository.publishRoot();
    expect((await client.refresh()).versions.root).toBe(3);
    expect((await client.refresh()).versions.root).toBe(4);
  });

  test('that was seen stays even if the refresh then fails: nobody can take it back', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    await client.refresh();
    const thief = repository.roles.targets.keys;
    repository.roles.targets.keys = [makeKey(), makeKey()];
    repository.publishRoot();
    repository.answers.set('timestamp.json', () => new Response('', { status: 503 }));
    await expectRefused(client, 'tuf.unavailable');
    // Now the revoked keys sign, and the root that revoked them is hidden.
    repository.answers.clear();
    repository.files.delete('2.root.json');
    repository.roles.targets.keys = thief;
    repository.publish({ 'trusted_root.json': text('stolen') });
    await expectRefused(client, 'tuf.unsigned', /targets/);
    expect(await client.kept()).toBe('first');
  });

  test('of a newer chartseal begins later than what is kept, and what is kept is still good', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.publishRoot();
    repository.publishRoot();
    await client.refresh();
    for (const version of [2, 3]) {
      const root = repository.files.get(`${version}.root.json`) as Uint8Array;
      const again = createClient(repository, { root, store: client.store });
      repository.asked.length = 0;
      expect((await again.refresh()).changed).toBe(false);
      expect(repository.asked).toEqual(['4.root.json', 'timestamp.json']);
    }
  });

  test('of another repository believes nothing of what is kept', async () => {
    const client = createClient(createTufRepository());
    await client.refresh();
    const other = createTufRepository({ targets: { 'trusted_root.json': text('other') } });
    const moved = createClient(other, { store: client.store });
    expect((await moved.refresh()).changed).toBe(true);
  });

  test('with rotated keys of the timestamp recovers from versions counted up to the end', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    repository.roles.timestamp.version = 1_000_000;
    repository.roles.snapshot.version = 1_000_000;
    repository.publish();
    await client.refresh();
    repository.roles.timestamp.version = 1;
    repository.roles.snapshot.version = 1;
    const online = makeKey();
    repository.roles.timestamp.keys = [online];
    repository.roles.snapshot.keys = [online];
    repository.publish({ 'trusted_root.json': text('recovered') });
    await expectRefused(client, 'tuf.unsigned', /timestamp/);
    repository.publishRoot();
    await client.refresh();
  });
});

describe('what is kept', () => {
  test('is verified again: a store that others write to can make it forget, not believe', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    await client.refresh();
    const good = new TextDecoder().decode(await client.store.get('tuf.json'));
    const record = JSON.parse(good);
    const forged = Buffer.from('forged').toString('base64');
    for (const broken of [
      '',
      'null',
      '[]',
      '{"format":1}',
      good.slice(0, -20),
      JSON.stringify({ ...record, format: 2 }),
      JSON.stringify({ ...record, good: { ...record.good, files: { 'trusted_root.json': forged } } }),
      JSON.stringify({ ...record, good: { ...record.good, files: null } }),
      JSON.stringify({ ...record, good: { ...record.good, targets: forged } }),
      JSON.stringify({ ...record, good: { ...record.good, expires: 9e15 } }),
      JSON.stringify({ ...record, roots: 5 }),
    ]) {
      await client.store.set('tuf.json', text(broken));
      expect(await client.kept()).toBeUndefined();
    }
    await client.store.set('tuf.json', text(JSON.stringify({ ...record, roots: [forged, forged] })));
    expect(await client.kept()).toBe('first');
    await client.refresh();
    expect(await client.kept()).toBe('first');
  });

  test('is not believed for a root that somebody made to follow the configured one', async () => {
    const client = createClient(createTufRepository());
    await client.refresh();
    const theirs = createTufRepository({ targets: { 'trusted_root.json': text('forged') } });
    const stranger = createClient(theirs);
    theirs.publishRoot();
    theirs.publish();
    await stranger.refresh();
    expect(await stranger.kept()).toBe('forged');
    await client.store.set('tuf.json', (await stranger.store.get('tuf.json'))!);
    expect(await client.kept()).toBeUndefined();
    await client.refresh();
    expect(await client.kept()).toBe('first');
  });

  test('that cannot be read or written is an error with a code', async () => {
    const repository = createTufRepository();
    const client = createClient(repository);
    const broken = {
      get: async () => undefined,
      set: async () => {
        throw new Error('disk full');
      },
    };
    await expect(client.refresh({ store: broken })).rejects.toThrow('disk full');
  });
});
