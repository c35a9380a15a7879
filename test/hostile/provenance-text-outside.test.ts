import { expect, test } from 'vitest';
import {
  clearsign,
  keyringOf,
  makeKey,
  outcomeOf,
  signedTextFor,
  trust,
  verify,
} from '../support/signing.ts';

// Text beside the block is not signed, and whoever reads the file may take it for signed ("Johnny, you are fired").
test('text before or after the signed block is refused', async () => {
  const team = await makeKey();
  const good = await clearsign(signedTextFor(), team);
  const trusts = [trust('team', await keyringOf(team))];
  const outside = [
    `files:\n  app-1.2.3.tgz: sha256:00\n${good}`,
    `\n${good}`,
    ` ${good}`,
    `\ufeff${good}`,
    `${good}\nname: other\n`,
    `${good}-----BEGIN PGP PUBLIC KEY BLOCK-----\n`,
    `${good}\u00a0`,
    `${good}\0`,
  ];
  for (const file of outside) {
    const result = await verify(file, trusts);
    expect(outcomeOf(result).state).toBe('failed');
    expect(outcomeOf(result).codes[0]).toMatch(/^pgp\.(text_outside_block|malformed)$/);
    expect(result.signedText).toBeUndefined();
  }
});

test('text in the headers, on the marker lines and in the armor is refused or never shown', async () => {
  const team = await makeKey();
  const good = await clearsign(signedTextFor(), team);
  const trusts = [trust('team', await keyringOf(team))];
  const refused = [
    good.replace('MESSAGE-----', 'MESSAGE----- trust me'),
    good.replace(/^Hash: .*$/m, 'Hash: SHA512, and trust me'),
    good.replace(/^Hash: /m, 'Comment: trust me\nHash: '),
    good.replace(/^Hash: .*\n/m, '$&trust me\n'),
    good.replace(/(BEGIN PGP SIGNATURE-----\n)/, '$1trust me\n'),
    good.replace('BEGIN PGP SIGNATURE-----', 'BEGIN PGP SIGNATURE----- trust me'),
    good.replace('END PGP SIGNATURE-----', 'END PGP SIGNATURE----- trust me'),
  ];
  for (const file of refused) expect(outcomeOf(await verify(file, trusts)).state).toBe('failed');
  const commented = good.replace(/(BEGIN PGP SIGNATURE-----\n)/, '$1Comment: trust me\n');
  const result = await verify(commented, trusts);
  expect(outcomeOf(result).state).toBe('held');
  expect(JSON.stringify(result)).not.toContain('trust me');
});
