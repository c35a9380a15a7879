import { MetaFile } from '@tufjs/models';
import { describe, expect, test } from 'vitest';
import { createTufRepository, makeKey, type RoleName, text } from '../../support/tuf-repository.ts';
import { createClient, expectRefused } from './support.ts';

const LONG_AGO = '2026-11-24T12:00:00Z';

async function refreshed(options?: Parameters<typeof createTufRepository>[0]) {
  const repository = createTufRepository(options);
  const client = createClient(repository);
  await client.refresh();
  return { repository, client };
}

describe('a root that does not follow', () => {
  test('not signed by enough of the keys before', async () => {
    const { repository, client } = await refreshed();
    const { keys } = repository.roles.root;
    repository.roles.root.keys = [makeKey(), makeKey()];
    repository.roles.root.signers = [keys[0]!, ...repository.roles.root.keys];
    repository.publishRoot();
    await expectRefused(client, 'tuf.unsigned', /version 2: version 1 of the TUF root/);
  });

  test('not signed by enough of its own keys', async () => {
    const { repository, client } = await refreshed();
    const { keys } = repository.roles.root;
    repository.roles.root.keys = [makeKey(), makeKey()];
    repository.roles.root.signers = [...keys, repository.roles.root.keys[0]!];
    repository.publishRoot();
    await expectRefused(client, 'tuf.unsigned', /version 2: version 2 of the TUF root/);
  });

  test('signed by one key many times', async () => {
    const { repository, client } = await refreshed();
    const [key] = repository.roles.root.keys;
    repository.roles.root.signers = [key!];
    const root = JSON.parse(new TextDecoder().decode(repository.publishRoot()));
    root.signatures = [root.signatures[0], root.signatures[0]];
    repository.files.set('2.root.json', text(JSON.stringify(root)));
    await expectRefused(client, 'tuf.malformed', /multiple signatures/);
  });

  test('that lists one key under two names, so that it would count twice', async () => {
    const { repository, client } = await refreshed();
    const [key] = repository.roles.targets.keys;
    const twin = { ...key!, id: 'twin', model: Object.assign(Object.create(key!.model), { keyID: 'twin' }) };
    repository.roles.targets.keys = [key!, twin];
    repository.publishRoot();
    await expectRefused(client, 'tuf.malformed', /lists one key twice/);
  });

  test('an older one under the next name', async () => {
    const { repository, client } = await refreshed();
    repository.files.set('2.root.json', repository.root);
    await expectRefused(client, 'tuf.rollback', /version 1 came where 2 follows/);
  });

  test('a later one under the next name: what lies between is missing', async () => {
    const { repository, client } = await refreshed();
    repository.publishRoot();
    repository.publishRoot();
    repository.files.set('2.root.json', repository.root);
    await expectRefused(client, 'tuf.rollback', /version 3 came where 2 follows/);
  });

  test('with the one between missing, whatever the new keys sign is refused', async () => {
    const { repository, client } = await refreshed();
    const online = makeKey();
    repository.roles.timestamp.keys = [online];
    repository.roles.snapshot.keys = [online];
    repository.publishRoot();
    repository.publishRoot();
    repository.files.delete('2.root.json');
    repository.publish({ 'trusted_root.json': text('second') });
    await expectRefused(client, 'tuf.unsigned', /timestamp/);
  });

  test('that expired, and none follows', async () => {
    const { repository, client } = await refreshed();
    repository.roles.root.expires = LONG_AGO;
    repository.publishRoot();
    await expectRefused(client, 'tuf.expired', /TUF root metadata, version 2/);
  });

  test('the configured one is not signed as it says, or is none', async () => {
    const { repository, client } = await refreshed();
    const root = JSON.parse(new TextDecoder().decode(repository.root));
    root.signed.version = 7;
    for (const [bytes, code] of [
      [text(JSON.stringify(root)), 'tuf.unsigned'],
      [text('{}'), 'tuf.malformed'],
      [text(''), 'tuf.malformed'],
      [repository.files.get('timestamp.json')!, 'tuf.malformed'],
    ] as const) {
      await expect(client.refresh({ root: bytes })).rejects.toMatchObject({ code });
    }
  });
});

describe('metadata that is not signed as the root says', () => {
  test.each<RoleName>(['timestamp', 'snapshot', 'targets'])('%s by another key', async (role) => {
    const { repository, client } = await refreshed();
    repository.roles[role].signers = [makeKey(), makeKey()];
    repository.publish({ 'trusted_root.json': text('second') });
    await expectRefused(client, 'tuf.unsigned', new RegExp(`TUF ${role} metadata`));
  });

  test('targets by fewer keys than needed', async () => {
    const { repository, client } = await refreshed();
    repository.roles.targets.signers = repository.roles.targets.keys.slice(0, 1);
    repository.publish({ 'trusted_root.json': text('second') });
    await expectRefused(client, 'tuf.unsigned', /TUF targets metadata/);
  });

  test.each<[RoleName, string]>([
    ['timestamp', 'timestamp.json'],
    ['snapshot', '2.snapshot.json'],
    ['targets', '2.targets.json'],
  ])('%s altered after it was signed', async (role, path) => {
    const { repository, client } = await refreshed({ hashes: false });
    repository.publish({ 'trusted_root.json': text('second') });
    const metadata = JSON.parse(new TextDecoder().decode(repository.files.get(path)));
    metadata.signed.expires = '2036-01-01T00:00:00Z';
    repository.files.set(path, text(JSON.stringify(metadata)));
    await expectRefused(client, 'tuf.unsigned', new RegExp(`TUF ${role} metadata`));
  });

  test('one role in the place of another', async () => {
    const { repository, client } = await refreshed({ hashes: false });
    repository.publish({ 'trusted_root.json': text('second') });
    repository.files.set('2.snapshot.json', repository.files.get('timestamp.json')!);
    await expectRefused(client, 'tuf.malformed', /TUF snapshot metadata/);
  });
});

describe('freezing: what expired is not taken', () => {
  test.each<RoleName>(['timestamp', 'snapshot', 'targets'])('%s', async (role) => {
    const { repository, client } = await refreshed();
    repository.roles[role].expires = LONG_AGO;
    repository.publish({ 'trusted_root.json': text('second') });
    await expectRefused(
      client,
      'tuf.expired',
      new RegExp(`TUF ${role} metadata, version 2: expired on 2026-11-24`),
    );
  });

  test('the same answers as ever, until they expire', async () => {
    const { client } = await refreshed();
    client.state.now = Date.parse('2026-12-23T23:59:59Z');
    expect((await client.refresh()).changed).toBe(false);
    client.state.now = Date.parse('2026-12-24T00:00:00Z');
    await expectRefused(client, 'tuf.expired');
    expect(await client.kept()).toBe('first');
  });
});

describe('rolling back', () => {
  test('the timestamp', async () => {
    const { repository, client } = await refreshed();
    const old = repository.files.get('timestamp.json')!;
    repository.publish({ 'trusted_root.json': text('second') });
    await client.refresh();
    repository.files.set('timestamp.json', old);
    await expectRefused(client, 'tuf.rollback', /TUF timestamp: version 1 came after 2/);
  });

  test('or going on by another timestamp of the same version: the one that was seen counts', async () => {
    const { repository, client } = await refreshed();
    repository.roles.timestamp.version = 0;
    repository.publish({ 'trusted_root.json': text('second') });
    const { changed, versions } = await client.refresh();
    expect([changed, versions.timestamp, versions.snapshot]).toEqual([false, 1, 1]);
    expect(await client.kept()).toBe('first');
  });

  test('the snapshot, by a newer timestamp', async () => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    await client.refresh();
    repository.publishTimestamp(new MetaFile({ version: 1 }));
    await expectRefused(client, 'tuf.rollback', /it names snapshot 1 after 2/);
  });

  test('the targets, by a newer snapshot', async () => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    await client.refresh();
    repository.publishSnapshot({ 'targets.json': new MetaFile({ version: 1 }) });
    repository.publishTimestamp();
    await expectRefused(client, 'tuf.rollback', /version 1 of a file after 2/);
  });

  test('a list that the snapshot no longer names', async () => {
    const { repository, client } = await refreshed();
    const targets = new MetaFile({ version: 1 });
    repository.publishSnapshot({ 'targets.json': targets, 'delegated.json': targets });
    repository.publishTimestamp();
    await client.refresh();
    repository.publishSnapshot();
    repository.publishTimestamp();
    await expectRefused(client, 'tuf.rollback', /no longer lists/);
  });

  test('everything, for a client that saw newer metadata without coming to its end', async () => {
    const { repository, client } = await refreshed();
    const old = repository.files.get('timestamp.json')!;
    repository.publish({ 'trusted_root.json': text('second') });
    repository.answers.set('2.targets.json', () => new Response('', { status: 500 }));
    await expectRefused(client, 'tuf.unavailable');
    repository.answers.clear();
    repository.files.set('timestamp.json', old);
    await expectRefused(client, 'tuf.rollback');
  });
});

describe('mixing files of different times', () => {
  test('a snapshot of another version under the name that is listed', async () => {
    const { repository, client } = await refreshed({ hashes: false });
    const old = repository.files.get('1.snapshot.json')!;
    repository.publish({ 'trusted_root.json': text('second') });
    repository.files.set('2.snapshot.json', old);
    await expectRefused(client, 'tuf.mismatch', /TUF snapshot metadata: version 1 came where 2 is listed/);
  });

  test('targets of another version under the name that is listed', async () => {
    const { repository, client } = await refreshed({ hashes: false });
    const old = repository.files.get('1.targets.json')!;
    repository.publish({ 'trusted_root.json': text('second') });
    repository.files.set('2.targets.json', old);
    await expectRefused(client, 'tuf.mismatch', /TUF targets metadata: version 1 came where 2 is listed/);
  });

  test.each([
    ['snapshot', '2.snapshot.json'],
    ['targets', '2.targets.json'],
  ])('%s that is signed, but not the file that is listed', async (role, path) => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    const same = `${new TextDecoder().decode(repository.files.get(path))} `;
    repository.files.set(path, text(same));
    await expectRefused(client, 'tuf.too_large', /more than the \d+ bytes/);
    repository.files.set(path, text(same.replace('{', ' {').trimEnd().slice(0, -1)));
    await expectRefused(client, 'tuf.mismatch', new RegExp(`TUF ${role} metadata: its sha256`));
  });

  test('hashes of which none can be checked are not taken for none', async () => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    repository.publishTimestamp(new MetaFile({ version: 2, hashes: { md5: '00' } }));
    await expectRefused(client, 'tuf.mismatch', /neither its sha256 nor its sha512/);
  });
});

describe('a trusted root that is not the one that is signed', () => {
  async function spoiled(bytes: Uint8Array) {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    const path = [...repository.files.keys()].findLast((name) => name.startsWith('targets/'))!;
    repository.files.set(path, bytes);
    return client;
  }

  test('another file of the same length', async () => {
    await expectRefused(await spoiled(text('secong')), 'tuf.mismatch', /its sha256 is not the one/);
  });

  test('cut short', async () => {
    await expectRefused(await spoiled(text('secon')), 'tuf.mismatch', /5 bytes where 6 are signed/);
  });

  test('longer', async () => {
    await expectRefused(await spoiled(text('secondly')), 'tuf.too_large', /more than the 6 bytes/);
  });

  test('signed as too large to be one', async () => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': new Uint8Array(1024 * 1024 + 1) });
    await expectRefused(client, 'tuf.too_large', /are signed where at most 1048576/);
  });

  test('no longer listed', async () => {
    const { repository, client } = await refreshed();
    delete repository.targets['trusted_root.json'];
    repository.publish({ other: text('x') });
    await expectRefused(client, 'tuf.target_missing');
  });

  test('gone', async () => {
    const { repository, client } = await refreshed();
    repository.publish({ 'trusted_root.json': text('second') });
    for (const name of repository.files.keys())
      if (name.startsWith('targets/')) repository.files.delete(name);
    await expectRefused(client, 'tuf.unavailable', /there is no such file/);
  });
});

describe('metadata that is not what it should be', () => {
  test.each([
    ['no JSON', 'nonsense', 'it is not JSON'],
    ['a list', '[]', 'signed is not defined'],
    ['null', 'null', ''],
    ['no version', '{"signed":{"_type":"timestamp","spec_version":"1.0"},"signatures":[]}', ''],
    ['nested without end', '['.repeat(8000), 'JSON'],
    ['a fraction for a version', withSigned({ version: 1.5 }), 'no whole number'],
    ['version 0', withSigned({ version: 0 }), 'no whole number'],
    ['an expiry without a time zone', withSigned({ expires: '2027-01-01T00:00:00' }), 'date of expiry'],
    ['an expiry that never comes', withSigned({ expires: '+99999-01-01T00:00:00Z' }), 'expir'],
    ['another major version of the specification', withSigned({ spec_version: '2.0.0' }), 'specVersion'],
    ['no snapshot in it', withSigned({ meta: {} }), 'snapshot.json'],
  ])('%s', async (_name, content, words) => {
    const { repository, client } = await refreshed();
    repository.files.set('timestamp.json', text(content));
    await expectRefused(client, 'tuf.malformed', words);
  });

  test('bytes that are no UTF-8', async () => {
    const { repository, client } = await refreshed();
    repository.files.set('timestamp.json', new Uint8Array([0x22, 0xff, 0x22]));
    await expectRefused(client, 'tuf.malformed');
  });

  test('a snapshot that does not list targets.json, not even by inheritance', async () => {
    const { repository, client } = await refreshed();
    repository.publishSnapshot({ 'other.json': new MetaFile({ version: 9 }) });
    repository.publishTimestamp();
    // It was listed before, so this comes first.
    await expectRefused(client, 'tuf.rollback');
    await expect(createClient(repository).refresh()).rejects.toMatchObject({ code: 'tuf.malformed' });
  });

  function withSigned(fields: object): string {
    const signed = {
      _type: 'timestamp',
      spec_version: '1.0.31',
      version: 5,
      expires: '2027-01-01T00:00:00Z',
      meta: { 'snapshot.json': { version: 1 } },
      ...fields,
    };
    return JSON.stringify({ signed, signatures: [] });
  }
});
