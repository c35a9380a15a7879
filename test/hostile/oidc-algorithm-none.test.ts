import { expect, test } from 'vitest';
import { startApp } from '../http/support.ts';
import { AUDIENCE, ISSUER, rawToken } from '../support/oidc-issuer.ts';

test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'RSA-OAEP', 'dir'])(
  'a token that calls its algorithm "%s" is refused before anybody is asked',
  async (alg) => {
    const { issuer, whoIs, state } = await startApp();
    const payload = { iss: ISSUER, aud: AUDIENCE, sub: 'job', exp: state.now / 1000 + 300 };
    for (const signature of ['', 'AAAA']) {
      expect(await whoIs(rawToken({ alg, kid: 'one' }, payload, signature))).toMatch(
        /^401 request\.unauthenticated: the token is not signed with an algorithm/,
      );
    }
    expect(issuer.requests).toEqual([]);
  },
);

test('a good token whose signature was cut off or changed is refused', async () => {
  const { issuer, whoIs } = await startApp();
  const [header, payload, signature = ''] = (await issuer.token()).split('.');
  const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const changed of ['', 'AAAA', other, signature.slice(0, -4)]) {
    expect(await whoIs(`${header}.${payload}.${changed}`)).toMatch(/^401 /);
  }
  const forged = Buffer.from(
    Buffer.from(payload ?? '', 'base64url')
      .toString()
      .replace('"job"', '"release"'),
  );
  expect(await whoIs(`${header}.${forged.toString('base64url')}.${signature}`)).toContain('does not hold');
});
