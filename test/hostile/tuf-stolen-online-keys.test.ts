import { MetaFile } from '@tufjs/models';
import { expect, test } from 'vitest';
import { createClient, expectRefused } from '../sigstore/tuf/support.ts';
import { createTufRepository, makeKey, text } from '../support/tuf-repository.ts';

// Whoever has the mirror and the keys that lie online (timestamp and snapshot) can hold news back until the metadata
// expires, and nothing more: the trusted root is listed by the targets role, whose keys are offline.

async function stolen() {
  const repository = createTufRepository();
  const client = createClient(repository);
  await client.refresh();
  return { repository, client };
}

test('cannot list a trusted root of their own', async () => {
  const { repository, client } = await stolen();
  repository.roles.targets.signers = [...repository.roles.timestamp.keys, makeKey()];
  repository.publish({ 'trusted_root.json': text('theirs') });
  await expectRefused(client, 'tuf.unsigned', /TUF targets metadata/);
  expect(await client.kept()).toBe('first');
});

test('cannot serve another file under the name that is listed', async () => {
  const { repository, client } = await stolen();
  for (const name of repository.files.keys()) {
    if (name.startsWith('targets/')) repository.files.set(name, text('their'));
  }
  await client.refresh();
  expect(await client.kept()).toBe('first');
  const fresh = createClient(repository);
  await expect(fresh.refresh()).rejects.toMatchObject({ code: 'tuf.mismatch' });
  expect(await fresh.kept()).toBeUndefined();
});

test('cannot name new keys', async () => {
  const { repository, client } = await stolen();
  repository.roles.root.signers = [...repository.roles.timestamp.keys, makeKey()];
  repository.roles.targets.keys = [makeKey()];
  repository.roles.targets.threshold = 1;
  repository.publishRoot();
  repository.publish({ 'trusted_root.json': text('theirs') });
  await expectRefused(client, 'tuf.unsigned', /TUF root metadata/);
});

test('cannot bring back an older trusted root', async () => {
  const { repository, client } = await stolen();
  repository.publish({ 'trusted_root.json': text('second') });
  await client.refresh();
  repository.publishSnapshot({ 'targets.json': new MetaFile({ version: 1 }) });
  repository.publishTimestamp();
  await expectRefused(client, 'tuf.rollback');
  expect(await client.kept()).toBe('second');
});
