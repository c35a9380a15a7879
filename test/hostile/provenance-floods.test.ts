import { expect, test } from 'vitest';
import { predictHelm, readClearsigned } from '../../src/provenance/index.ts';
import {
  ARCHIVE_DIGEST,
  clearsign,
  keyringOf,
  makeKey,
  NOW,
  outcomeOf,
  signedTextFor,
  trust,
  verify,
} from '../support/signing.ts';

// Anyone may attach a provenance, so its cost is bounded before anything in it is believed.
test('a thousand signatures under the key id of a trusted key are not verified one by one', async () => {
  const team = await makeKey();
  const good = await clearsign(signedTextFor(), team);
  const [, armor] = /BEGIN PGP SIGNATURE-----\n\n([A-Za-z0-9+/=\n]+)-----END/.exec(good) ?? [];
  const lines = armor!.split('\n').filter((line) => line !== '' && !line.startsWith('='));
  const packet = Buffer.from(lines.join(''), 'base64');
  const many = Buffer.concat(Array(1000).fill(packet)).toString('base64');
  const result = await verify(good.replace(armor!, `${many}\n`), [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['evidence.limit'] });
});

test('a file larger than the limit', async () => {
  const result = await verify(new Uint8Array(1024 * 1024 + 1), [
    trust('t', await keyringOf(await makeKey())),
  ]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['evidence.limit'] });
});

// As a regular expression, cutting blanks from the end of such a line would take hours.
test('lines of a million blanks', async () => {
  const team = await makeKey();
  const keyring = await keyringOf(team);
  const blanks = ' \t'.repeat(450_000);
  const good = await clearsign(signedTextFor(), team);
  const files = [
    good.replace('name: app\n', `name: app${blanks}\n`),
    good.replace('name: app\n', `name: app${blanks}x\n`),
    good.replace(/^Hash: /m, `Hash: ${' '.repeat(900_000)}\u00e9`),
    good.replace(/^Hash: /m, `Hash: ${','.repeat(900_000)}`),
  ];
  const states: string[] = [];
  for (const file of files) {
    states.push(outcomeOf(await verify(file, [trust('team', keyring)])).state);
    await predictHelm({
      source: { kind: 'file', fileName: 'app-1.2.3.tgz' },
      provenance: new TextEncoder().encode(file),
      keyrings: [keyring],
      archiveDigest: ARCHIVE_DIGEST,
      now: NOW,
    });
  }
  expect(states).toEqual(['held', 'failed', 'failed', 'failed']);
});

test('a million lines', () => {
  const text = `-----BEGIN PGP SIGNED MESSAGE-----\n\n${'-\n'.repeat(500_000)}`;
  expect(() => readClearsigned(new TextEncoder().encode(text))).toThrow('the signature is missing');
});
