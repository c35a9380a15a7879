import { expect, it } from 'vitest';
import { parseChallenges } from '../../src/oci/challenge.ts';
import { tokenScopes } from '../../src/oci/scope.ts';

it.each([
  [null, []],
  ['Basic realm="r"', [['basic', { realm: 'r' }]]],
  ['Basic', [['basic', {}]]],
  [
    'Bearer realm="https://t/x",service="s",scope="repository:a:pull,push repository:b:pull"',
    [['bearer', { realm: 'https://t/x', service: 's', scope: 'repository:a:pull,push repository:b:pull' }]],
  ],
  [
    'Bearer realm="https://ghcr.io/token",service="ghcr.io", Basic realm="GitHub Package Registry"',
    [
      ['bearer', { realm: 'https://ghcr.io/token', service: 'ghcr.io' }],
      ['basic', { realm: 'GitHub Package Registry' }],
    ],
  ],
  [
    'Negotiate, NTLM abc==, BASIC Realm = plain , bearer REALM="a \\"quoted\\" one"',
    [
      ['negotiate', {}],
      ['ntlm', {}],
      ['basic', { realm: 'plain' }],
      ['bearer', { realm: 'a "quoted" one' }],
    ],
  ],
  ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
  [
    'Bearer error="invalid_token",error_description="a, Basic realm=x"',
    [['bearer', { error: 'invalid_token', error_description: 'a, Basic realm=x' }]],
  ],
  ['Bearer __proto__="x"', [['bearer', { ['__proto__']: 'x' }]]],
  ['"nonsense', []],
])('reads the challenge %j', (header, expected) => {
  const found = parseChallenges(header).map((one) => [one.scheme, Object.entries(one.params)]);
  expect(found).toEqual(expected.map(([scheme, params]) => [scheme, Object.entries(params as object)]));
});

it('reads hostile headers in no time', () => {
  for (const part of ['Bearer ', 'a=', '"\\', ', ', 'a b="', '= ']) parseChallenges(part.repeat(100_000));
});

it.each([
  [undefined, 'a/b', 'a/b', ['repository:a/b:pull']],
  ['', 'a/b', 'a/b', ['repository:a/b:pull']],
  ['repository:a/b:pull,push,*', 'a/b', 'a/b', ['repository:a/b:pull']],
  ['repository:library/b:pull', 'b', 'b', ['repository:library/b:pull']],
  ['repository:a/b:pull', 'a/b', 'c', ['repository:c:pull']],
  ['aws', 'a', 'b', ['aws']],
  ['repository:other:pull repository:a:pull', 'a', 'a', ['repository:a:pull', 'repository:other:pull']],
])('asks a token to pull only: %j for %s, remembered for %s', (scope, challenged, repository, expected) => {
  expect(tokenScopes(scope, challenged, repository, 'pull')).toEqual(expected);
});

it.each([
  [undefined, 'a/b', 'a/b', ['repository:a/b:pull,push']],
  ['repository:a/b:pull', 'a/b', 'a/b', ['repository:a/b:pull,push']],
  ['repository:a/b:pull,push,delete', 'a/b', 'a/b', ['repository:a/b:pull,push']],
  ['repository:library/b:pull', 'b', 'b', ['repository:library/b:pull,push']],
  ['repository:a/b:pull', 'a/b', 'c', ['repository:c:pull,push']],
  ['aws', 'a', 'b', ['aws']],
  [
    'repository:other:pull,push repository:a:pull',
    'a',
    'a',
    ['repository:a:pull,push', 'repository:other:pull'],
  ],
])('asks a token to push to the repository itself only: %j', (scope, challenged, repository, expected) => {
  expect(tokenScopes(scope, challenged, repository, 'push')).toEqual(expected);
});
