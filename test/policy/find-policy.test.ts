import { describe, expect, test } from 'vitest';
import {
  covers,
  describeRequirement,
  findPolicy,
  type Policy,
  policyRevision,
  type Requirement,
  trustNames,
} from '../../src/policy/index.ts';

function policy(name: string, match: string[], require: Requirement = { name: 'a' }): Policy {
  return { name, match, require, depth: 'signature', mode: 'enforce', unsafeAllow: [], revision: 'sha256:0' };
}

describe('findPolicy', () => {
  const policies = [
    policy('prod', ['registry.example.com/prod/**', 'other.example.com/app']),
    policy('rest', ['registry.example.com/**']),
  ];

  test('the first match decides', () => {
    expect(findPolicy(policies, 'registry.example.com/prod/app')?.name).toBe('prod');
    expect(findPolicy(policies, 'other.example.com/app')?.name).toBe('prod');
    expect(findPolicy(policies, 'registry.example.com/dev/app')?.name).toBe('rest');
    expect(findPolicy(policies.toReversed(), 'registry.example.com/prod/app')?.name).toBe('rest');
  });

  test('nothing matches', () => expect(findPolicy(policies, 'ghcr.io/acme/app')).toBeUndefined());

  test('covers', () => {
    expect(covers(policies[0] as Policy, 'other.example.com/app')).toBe(true);
    expect(covers(policies[0] as Policy, 'other.example.com/app2')).toBe(false);
  });
});

const NESTED: Requirement = {
  allOf: [
    { name: 'a' },
    { anyOf: [{ name: 'b' }, { atLeast: { count: 2, of: [{ name: 'a' }, { name: 'c' }, { name: 'd' }] } }] },
  ],
};

test('trustNames lists each name once, in order', () => {
  expect(trustNames(NESTED)).toEqual(['a', 'b', 'c', 'd']);
});

test('describeRequirement', () => {
  expect(describeRequirement(NESTED)).toBe('a and (b or (any 2 of a, c, d))');
  expect(describeRequirement({ anyOf: [{ name: 'a' }] })).toBe('a');
});

describe('policyRevision', () => {
  const { revision: _, ...base } = policy('prod', ['**'], NESTED);
  const trust = new Map(
    ['a', 'b', 'c', 'd'].map((name) => [name, { file: `sha256:${name}`, expiry: 'at-signing' }]),
  );
  const blocked = { digests: ['sha256:1', 'sha256:2'], signers: ['F'] };
  const revision = (change: object = {}, trusts = trust, blocks: typeof blocked = blocked) =>
    policyRevision({ policy: { ...base, ...change }, trust: trusts, blocked: blocks });

  test('is a digest, and the same for the same input', async () => {
    expect(await revision()).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await revision()).toBe(await revision());
    expect(
      await revision({}, new Map([...trust].reverse()), { ...blocked, digests: ['sha256:2', 'sha256:1'] }),
    ).toBe(await revision());
  });

  test('changes with everything that can change a verdict', async () => {
    const all = await Promise.all([
      revision(),
      revision({ match: ['a/**'] }),
      revision({ require: { name: 'a' } }),
      revision({ depth: 'content' }),
      revision({ mode: 'warn' }),
      revision({ unsafeAllow: ['renamed'] }),
      revision({}, new Map(trust).set('a', { file: 'sha256:other', expiry: 'at-signing' })),
      revision({}, new Map(trust).set('a', { file: 'sha256:a', expiry: 'now' })),
      revision({}, trust, { ...blocked, signers: [] }),
      revision({}, trust, { ...blocked, digests: [] }),
    ]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('does not change with the trust entries of others', async () => {
    expect(await revision({}, new Map(trust).set('z', { file: 'x', expiry: 'now' }))).toBe(await revision());
  });
});
