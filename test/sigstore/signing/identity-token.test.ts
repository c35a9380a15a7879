import { describe, expect, test } from 'vitest';
import { readIdentityToken } from '../../../src/sigstore/index.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: unknown) => `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
const CLAIMS = {
  iss: 'https://issuer.example',
  sub: 'repo:acme/charts',
  aud: 'sigstore',
  exp: 1_795_435_200,
};

describe('the claims of an identity token', () => {
  test('are read: who issued it, for whom, until when', () => {
    expect(readIdentityToken(token(CLAIMS))).toEqual({
      issuer: 'https://issuer.example',
      subject: 'repo:acme/charts',
      audiences: ['sigstore'],
      expiresAt: 1_795_435_200_000,
    });
  });

  test('name the e-mail address rather than the subject, if its issuer has verified it', () => {
    for (const email_verified of [true, 'true']) {
      const claims = { ...CLAIMS, email: 'dev@example.com', email_verified };
      expect(readIdentityToken(token(claims)).subject).toBe('dev@example.com');
    }
  });

  test('may have several audiences, and no expiry', () => {
    const { audiences, expiresAt } = readIdentityToken(
      token({ ...CLAIMS, aud: ['a', 'b', 3], exp: undefined }),
    );
    expect({ audiences, expiresAt }).toEqual({ audiences: ['a', 'b'], expiresAt: undefined });
  });

  test.each<[string, string]>([
    ['empty', ''],
    ['no JWT', 'hunter2'],
    ['two parts', 'a.b'],
    ['five parts (encrypted)', 'a.b.c.d.e'],
    ['an empty part', 'a..c'],
    ['blanks', `${token(CLAIMS)} `],
    ['a line end, as from a file', `${token(CLAIMS)}\n`],
    ['claims that are no JSON', 'aaaa.bbbb.cccc'],
    ['claims that are a list', token([])],
    ['claims that are null', token(null)],
    ['no issuer', token({ ...CLAIMS, iss: undefined })],
    ['no subject', token({ ...CLAIMS, sub: undefined })],
    ['a subject that is a number', token({ ...CLAIMS, sub: 5 })],
    ['an address that nobody verified', token({ ...CLAIMS, email: 'a@example.com', email_verified: false })],
    ['without end', token({ ...CLAIMS, x: 'y'.repeat(20_000) })],
  ])('%s: refused', (_, text) => {
    expect(() => readIdentityToken(text)).toThrow(expect.objectContaining({ code: 'sign.identity_token' }));
  });
});
