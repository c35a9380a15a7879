import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/config/index.ts';
import { configText, parse, readFixture, SECRETS } from './support.ts';

describe('parseConfig', () => {
  test('fills in the defaults', async () => {
    const config = await parse(configText());
    expect(config.registries).toEqual([]);
    expect(config.access).toEqual({ verify: 'callers', sign: 'callers', audit: [], metrics: [] });
    expect(config.limits).toEqual(DEFAULT_LIMITS);
    expect(config.limits).toMatchObject({
      rate: { callerVerifications: 100, anyoneVerifications: 60 },
      references: 20,
      requests: 40,
    });
    expect(config.policies).toEqual([
      {
        name: 'default',
        match: ['**'],
        require: { name: 'release-team' },
        depth: 'signature',
        mode: 'enforce',
        unsafeAllow: [],
        revision: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    ]);
    expect(config.trust.get('release-team')).toMatchObject({
      name: 'release-team',
      expiry: 'at-signing',
      unsafeAllow: [],
    });
    const trust = config.trust.get('release-team');
    expect(trust?.scheme === 'pgp' && trust.keyring.keys.length).toBeGreaterThan(0);
    expect(config.blocked).toEqual({ digests: new Set(), signers: [], identities: [] });
  });

  test('the command line needs neither callers nor their tokens', async () => {
    const without = await parse(configText({ callers: null }), { use: 'verify' });
    expect(without.callers.size).toBe(0);
    const unset = await parse(configText(), { use: 'verify', secret: () => undefined });
    expect(unset.callers.size).toBe(0);
  });

  test('without secrets nothing secret is read or needed', async () => {
    const text = configText({
      registries: [{ host: 'registry.example.com', credentials: { secret: 'NOT_SET' } }],
      callers: { a: { token: { secret: 'NOT_SET' } }, b: { token: { secret: 'NOT_SET' } } },
    });
    const config = await parse(text, {
      withoutSecrets: true,
      secret: () => {
        throw new Error('a secret was read');
      },
    });
    expect(config.callers.size).toBe(0);
    expect(config.registries[0]?.credentials).toBeUndefined();
  });

  test('of tokens only digests are kept, without the line break that files end with', async () => {
    const config = await parse(
      configText({ callers: { operator: { token: { secret: 'OPERATOR_TOKEN' } } } }),
    );
    const expected = createHash('sha256').update('o'.repeat(32)).digest();
    expect(config.callers.get('operator')).toEqual({
      name: 'operator',
      tokenDigest: new Uint8Array(expected),
    });
    expect(JSON.stringify([...config.callers])).not.toContain('oooo');
  });

  test('hosts and patterns are normalised like references', async () => {
    const config = await parse(
      configText({
        registries: [
          { host: 'Registry.Example.com.:443' },
          {
            host: 'index.docker.io',
            tokenHosts: ['Auth.Docker.io'],
            redirectHosts: ['http://Minio:9000/', '*.r2.dev'],
          },
          { host: '*.Example.com' },
          { host: '*' },
          { host: '[::1]:5000', plainHttp: true },
        ],
        policies: [
          {
            name: 'p',
            match: [
              'Registry.Example.com:443/prod/**',
              'registry-1.docker.io/library/*',
              '*.EXAMPLE.com/**',
              '**',
            ],
            require: 'stranger',
          },
        ],
      }),
    );
    expect(config.registries.map(({ host }) => host)).toEqual([
      'registry.example.com',
      'docker.io',
      '*.example.com',
      '*',
      '[::1]:5000',
    ]);
    expect(config.registries[1]).toMatchObject({
      tokenHosts: ['auth.docker.io'],
      redirectHosts: ['http://minio:9000', '*.r2.dev'],
      anonymousMayVerify: false,
    });
    expect(config.policies[0]?.match).toEqual([
      'registry.example.com/prod/**',
      'docker.io/library/*',
      '*.example.com/**',
      '**',
    ]);
  });

  test('requirements', async () => {
    const require = { allOf: ['release-team', { atLeast: { count: 1, of: ['release-team', 'stranger'] } }] };
    const config = await parse(configText({ policies: [{ name: 'p', match: ['**'], require }] }));
    expect(config.policies[0]?.require).toEqual({
      allOf: [
        { name: 'release-team' },
        { atLeast: { count: 1, of: [{ name: 'release-team' }, { name: 'stranger' }] } },
      ],
    });
  });

  test('blocked signers are compared as upper-case hex', async () => {
    const config = await parse(
      configText({
        blocked: {
          signers: ['0x0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567'],
          digests: [`sha256:${'a'.repeat(64)}`],
        },
      }),
    );
    expect(config.blocked.signers).toEqual(['0123456789ABCDEF0123456789ABCDEF01234567']);
    expect([...config.blocked.digests]).toEqual([`sha256:${'a'.repeat(64)}`]);
  });

  test('names that objects have by themselves are names like others', async () => {
    const config = await parse(
      configText({
        trust: { constructor: { pgp: 'keys/release.asc' }, toString: { pgp: 'keys/stranger.asc' } },
        policies: [{ name: 'valueOf', match: ['**'], require: { anyOf: ['constructor', 'toString'] } }],
      }),
    );
    expect([...config.trust.keys()]).toEqual(['constructor', 'toString']);
  });

  test('limits and the edge', async () => {
    const text = configText({ limits: { requests: 30, rate: { anyoneVerifications: 5 } } });
    const edge = await parse(text, { runtime: 'edge' });
    expect(edge.limits).toEqual({
      ...DEFAULT_LIMITS,
      requests: 30,
      rate: { callerVerifications: 100, callerSignatures: 10, anyoneVerifications: 5 },
      filesBytes: 32 * 1024 * 1024,
    });
    expect(DEFAULT_LIMITS.rate.anyoneVerifications, 'the defaults stay what they are').toBe(60);
  });

  test('a key file is read once, whatever number of entries name it', async () => {
    const read: string[] = [];
    await parse(
      configText({
        trust: { 'release-team': { pgp: 'keys/release.asc' }, again: { pgp: 'keys/release.asc' } },
      }),
      {
        readFile: (path) => {
          read.push(path);
          return readFixture(path);
        },
      },
    );
    expect(read).toEqual(['keys/release.asc']);
  });

  test('the revision follows the bytes of the key files, not their paths', async () => {
    const revision = async (pgp: string, file = pgp): Promise<string | undefined> => {
      const config = await parse(configText({ trust: { 'release-team': { pgp } } }), {
        readFile: () => readFixture(file),
      });
      return config.policies[0]?.revision;
    };
    expect(await revision('a.asc', 'keys/release.asc')).toBe(await revision('b.asc', 'keys/release.asc'));
    expect(await revision('a.asc', 'keys/release.asc')).not.toBe(
      await revision('a.asc', 'keys/stranger.asc'),
    );
  });
});

describe('credentials of a registry', () => {
  const auth = Buffer.from('docker:s:3').toString('base64');
  const credentials = async (
    secret: Record<string, string>,
    host = 'registry.example.com',
  ): Promise<unknown> => {
    const text = configText({ registries: [{ host, credentials: { secret: 'AUTH' } }] });
    const config = await parse(text, { secret: (name) => ({ ...SECRETS, ...secret })[name] });
    return config.registries[0]?.credentials;
  };

  test('user:password', async () => {
    expect(await credentials({ AUTH: 'robot:p:w\n' })).toEqual({
      kind: 'basic',
      username: 'robot',
      password: 'p:w',
    });
  });

  test('in parts', async () => {
    expect(await credentials({ AUTH_1: 'robot:', AUTH_2: 'pass', AUTH_3: 'word', AUTH_5: 'no' })).toEqual({
      kind: 'basic',
      username: 'robot',
      password: 'password',
    });
  });

  test.each([
    ['registry.example.com', 'registry.example.com'],
    ['https://Registry.example.com:443/v2/', 'registry.example.com'],
    ['https://index.docker.io/v1/', 'docker.io'],
  ])('Docker config.json with %s', async (key, host) => {
    const AUTH = JSON.stringify({ auths: { 'other.example.com': { auth: 'eDp5' }, [key]: { auth } } });
    expect(await credentials({ AUTH }, host)).toEqual({ kind: 'basic', username: 'docker', password: 's:3' });
  });

  test('Docker config.json with an identity token, and with username and password', async () => {
    const identity = { auths: { 'registry.example.com': { auth, identitytoken: 'T' } } };
    expect(await credentials({ AUTH: JSON.stringify(identity) })).toEqual({
      kind: 'identityToken',
      token: 'T',
    });
    const plain = { auths: { 'registry.example.com': { username: 'u', password: 'p' } } };
    expect(await credentials({ AUTH: JSON.stringify(plain) })).toEqual({
      kind: 'basic',
      username: 'u',
      password: 'p',
    });
  });
});
