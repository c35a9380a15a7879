import { expect, test } from 'vitest';
import { createClient, expectRefused } from '../sigstore/tuf/support.ts';
import { createTufRepository, text } from '../support/tuf-repository.ts';

// The library copies each map once for each of its entries before it verifies anything: thousands of entries within the
// size that is allowed would take seconds of a processor. They are counted first.

const many = (count: number, entry: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, entry]));

const common = { spec_version: '1.0.31', version: 2, expires: '2027-01-01T00:00:00Z' };
const key = { keytype: '', scheme: '', keyval: {} };

test.each([
  [
    '2.root.json',
    { ...common, _type: 'root', consistent_snapshot: true, keys: many(2000, key), roles: {} },
    [],
  ],
  [
    '2.root.json',
    { ...common, _type: 'root', consistent_snapshot: true, keys: {}, roles: {} },
    many(2000, 1),
  ],
  ['timestamp.json', { ...common, _type: 'timestamp', meta: many(1001, 1) }, []],
  ['timestamp.json', { ...common, _type: 'timestamp', meta: { a: [many(1001, 1)] } }, []],
])('%s with a crowd in it', async (path, signed, signatures) => {
  const repository = createTufRepository();
  const client = createClient(repository);
  await client.refresh();
  repository.files.set(path, text(JSON.stringify({ signed, signatures })));
  await expectRefused(client, 'tuf.malformed', /more than 1000 entries/);
});

test('names that mean something to JavaScript are names like others', async () => {
  const repository = createTufRepository();
  const client = createClient(repository);
  const timestamp = new TextDecoder().decode(repository.files.get('timestamp.json'));
  for (const [from, to] of [
    ['"signed":{', '"signed":{"__proto__":{"version":9},'],
    ['"keyid":"', '"keyid":"__proto__","x":"'],
    ['"keyid":"', '"keyid":"constructor","x":"'],
  ] as const) {
    repository.files.set('timestamp.json', text(timestamp.replace(from, to)));
    await expect(client.refresh()).rejects.toMatchObject({
      code: expect.stringMatching(/^tuf\.(?:unsigned|malformed)$/) as string,
    });
  }
  expect(({} as { version?: number }).version).toBeUndefined();
  repository.files.set('timestamp.json', text(timestamp));
  await client.refresh();
});
