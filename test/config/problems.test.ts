import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/index.ts';
import { configText, parse, problemsOf, SECRETS } from './support.ts';

const require = (requirement: unknown): string =>
  configText({ policies: [{ name: 'p', match: ['**'], require: requirement }] });
const match = (...patterns: string[]): string =>
  configText({ policies: [{ name: 'p', match: patterns, require: 'stranger' }] });
const registry = (...registries: object[]): string => configText({ registries });

// Each with the line of its report that must be there, up to the number of the line in the file.
const WRONG: [string, string, string][] = [
  // shape
  [
    'unknown field',
    configText({ polices: [] }),
    'polices: unknown field; did you mean "policies"? allowed: registries, trust',
  ],
  ['unknown field, nothing near', configText({ zzz: 1 }), 'zzz: unknown field; allowed: registries, trust'],
  [
    'nested unknown field',
    registry({ host: 'a.example', plainHTTP: true }),
    'registries[0].plainHTTP: unknown field; did you mean "plainHttp"?',
  ],
  [
    'missing field',
    configText({ policies: [{ name: 'p', match: ['**'] }] }),
    'policies[0].require: missing; allowed: a name under trust, or',
  ],
  [
    'wrong type',
    registry({ host: 'a.example', plainHttp: 'yes' }),
    'registries[0].plainHttp: found "yes"; allowed: true, false',
  ],
  [
    'number for text',
    configText({ trust: { t: { pgp: 5 } } }),
    'trust.t.pgp: found 5; allowed: the path of a file (YAML reads this as another type: put it in quotes)',
  ],
  [
    'wrong choice',
    configText({ policies: [{ name: 'p', match: ['**'], require: 'stranger', mode: 'warm' }] }),
    'policies[0].mode: found "warm"; allowed: "enforce", "warn"; did you mean "warn"?',
  ],
  [
    'number out of range',
    configText({ limits: { retries: 11 } }),
    'limits.retries: found 11; allowed: a whole number from 0 to 10',
  ],
  [
    'fraction',
    configText({ limits: { requests: 2.5 } }),
    'limits.requests: found 2.5; allowed: a whole number from 2 to 10000',
  ],
  [
    'no policies',
    configText({ policies: [] }),
    'policies: found an empty list; allowed: a list with at least one item',
  ],
  [
    'name with a space',
    configText({ callers: { 'a b': { token: { secret: 'CI_TOKEN' } } } }),
    'callers["a b"]: found the name "a b"; allowed: letters, digits',
  ],
  [
    'key id instead of a fingerprint',
    configText({ blocked: { signers: ['0123456789ABCDEF'] } }),
    'blocked.signers[0]: found "0123456789ABCDEF"; allowed: the whole fingerprint',
  ],
  [
    'digest in capitals',
    configText({ blocked: { digests: [`sha256:${'A'.repeat(64)}`] } }),
    'blocked.digests[0]: found "sha256:AAAA',
  ],
  [
    'merge key',
    `${configText().slice(0, -1)}, "<<": {} }`,
    '["<<"]: merge keys are YAML 1.1; write the fields out',
  ],
  // sigstore
  [
    'both schemes in one entry',
    configText({ trust: { stranger: { pgp: 'keys/stranger.gpg', sigstore: { key: 'x' } } } }),
    'trust.stranger: found pgp and sigstore; allowed: pgp, or sigstore',
  ],
  [
    'neither scheme',
    configText({ trust: { stranger: { expiry: 'now' } } }),
    'trust.stranger: found expiry; allowed: pgp, or sigstore',
  ],
  [
    'a field of PGP beside sigstore',
    configText({ trust: { stranger: { expiry: 'now', sigstore: { issuer: 'https://a', subject: 'b' } } } }),
    'trust.stranger.expiry: goes with pgp only',
  ],
  [
    'the log of PGP beside sigstore',
    configText({
      trust: { stranger: { transparencyLog: {}, sigstore: { issuer: 'https://a', subject: 'b' } } },
    }),
    'trust.stranger.transparencyLog: this one goes with pgp only; that of sigstore stands inside of "sigstore"',
  ],
  [
    'the log of sigstore beside PGP',
    configText({ trust: { stranger: { pgp: 'keys/stranger.gpg', transparencyLog: 'required' } } }),
    'trust.stranger.transparencyLog: found "required"; allowed: a map with rekor, root and require',
  ],
  [
    'a log of a root that is none',
    configText({
      trust: { stranger: { pgp: 'keys/stranger.gpg', transparencyLog: { root: 'keys/release.asc' } } },
    }),
    'trust.stranger.transparencyLog.root: cannot use the file "keys/release.asc"',
  ],
  [
    'a missing key of cosign',
    configText({ trust: { stranger: { sigstore: { key: 'no.pub', transparencyLog: 'optional' } } } }),
    'trust.stranger.sigstore.key: cannot use the file "no.pub": there is no such file',
  ],
  [
    'a key that is none',
    configText({
      trust: { stranger: { sigstore: { key: 'keys/release.asc', transparencyLog: 'optional' } } },
    }),
    'trust.stranger.sigstore.key: cannot use the file "keys/release.asc"',
  ],
  [
    'a trusted root that is none',
    configText({
      trust: { stranger: { sigstore: { issuer: 'https://a', subject: 'b', root: 'keys/release.asc' } } },
    }),
    'trust.stranger.sigstore.root: cannot use the file "keys/release.asc"',
  ],
  [
    'a subject without an issuer',
    configText({ trust: { stranger: { sigstore: { subject: 'a@example.com' } } } }),
    'trust.stranger.sigstore: found subject; allowed: key, or issuer and subject',
  ],
  [
    'key and issuer',
    configText({ trust: { stranger: { sigstore: { key: 'k', issuer: 'https://a' } } } }),
    'trust.stranger.sigstore.issuer: goes with issuer and subject (keyless) and not with key',
  ],
  [
    'certificateTransparency with a key',
    configText({ trust: { stranger: { sigstore: { key: 'k', certificateTransparency: 'optional' } } } }),
    'trust.stranger.sigstore.certificateTransparency: goes with issuer and subject (keyless)',
  ],
  [
    'an unknown certificate extension',
    configText({
      trust: {
        stranger: {
          sigstore: { issuer: 'https://a', subject: 'b', extensions: { sourceRepositry: 'x' } },
        },
      },
    }),
    'trust.stranger.sigstore.extensions: "sourceRepositry" is no certificate extension of Fulcio; did you mean "sourceRepository"?',
  ],
  [
    'sigstore under signing',
    configText({
      signing: [{ name: 's', sigstore: { key: 'X' }, repositories: ['**'], callers: ['ci'] }],
    }),
    'signing[0].sigstore.key: unknown field; allowed: secret, passphrase, vault, keyless',
  ],
  // requirements
  [
    'unknown trust name',
    require({ anyOf: ['stranger', 'relase-team'] }),
    'policies[0].require.anyOf[1]: found "relase-team", which is no name under trust; did you mean "release-team"?',
  ],
  [
    'unknown trust name, nothing near',
    require('bob'),
    'policies[0].require: found "bob", which is no name under trust; allowed: release-team, stranger',
  ],
  [
    'inherited name',
    require('constructor'),
    'policies[0].require: found "constructor", which is no name under trust',
  ],
  [
    'empty anyOf',
    require({ anyOf: [] }),
    'policies[0].require.anyOf: found an empty list; allowed: a list with at least one item',
  ],
  [
    'empty allOf, nested',
    require({ anyOf: ['stranger', { allOf: [] }] }),
    'policies[0].require.anyOf[1].allOf: found an empty list',
  ],
  [
    'empty map',
    require({}),
    'policies[0].require: found an empty map; allowed: one of anyOf, allOf, atLeast',
  ],
  [
    'two kinds',
    require({ anyOf: ['stranger'], allOf: ['stranger'] }),
    'policies[0].require: found anyOf and allOf side by side',
  ],
  [
    'repeated',
    require({ allOf: ['stranger', 'stranger'] }),
    'policies[0].require.allOf[1]: found "stranger" a second time',
  ],
  [
    'repeated deeper in atLeast',
    require({ atLeast: { count: 2, of: ['stranger', { allOf: ['stranger', 'release-team'] }] } }),
    'policies[0].require.atLeast.of: found "stranger" 2 times in it',
  ],
  [
    'count 0',
    require({ atLeast: { count: 0, of: ['stranger'] } }),
    'policies[0].require.atLeast.count: found 0; allowed: a whole number from 1',
  ],
  [
    'count too large',
    require({ atLeast: { count: 3, of: ['stranger', 'release-team'] } }),
    'policies[0].require.atLeast.count: found 3; allowed: 1 to 2, as "of" has 2',
  ],
  ['atLeast without of', require({ atLeast: { count: 1 } }), 'policies[0].require.atLeast.of: missing'],
  [
    'a list',
    require(['stranger']),
    'policies[0].require: found a list; allowed: a name under trust, or a map',
  ],
  ['too deep', require(nested(9)), 'found more than 8 levels of requirements'],
  // registries
  [
    'scheme',
    registry({ host: 'https://ghcr.io/acme' }),
    'registries[0].host: found "https://ghcr.io/acme"; write the host without a scheme: "ghcr.io"',
  ],
  [
    'http scheme',
    registry({ host: 'http://localhost:5000' }),
    'write the host without a scheme: "localhost:5000", and "plainHttp: true" beside it',
  ],
  [
    'with a repository',
    registry({ host: 'ghcr.io/acme' }),
    'registries[0].host: found "ghcr.io/acme"; write the host alone: "ghcr.io"',
  ],
  ['no host', registry({ host: 'a_b' }), 'registries[0].host: found "a_b"; allowed: host, host:port'],
  [
    'wildcard inside',
    registry({ host: 'reg*.example.com' }),
    'registries[0].host: found "reg*.example.com"; "*" stands alone',
  ],
  [
    'wildcard of a top-level domain',
    registry({ host: '*.com' }),
    'registries[0].host: found "*.com"; "*" stands alone',
  ],
  [
    'wildcard with credentials',
    registry({ host: '*.example.com', credentials: { secret: 'REGISTRY_AUTH' } }),
    'registries[0].credentials: found beside the host "*.example.com"; credentials need the host written out',
  ],
  [
    'wildcard with plain HTTP',
    registry({ host: '*', plainHttp: true }),
    'registries[0].plainHttp: found beside the host "*"',
  ],
  [
    'duplicate after normalising',
    registry({ host: 'docker.io' }, { host: 'Index.Docker.IO' }),
    'registries[1].host: found "Index.Docker.IO", which is the same as "docker.io"; registries[0].host has it already',
  ],
  [
    'plain wildcard redirect',
    registry({ host: 'a.example', redirectHosts: ['http://*.b.example'] }),
    'registries[0].redirectHosts[0]: found "http://*.b.example"; plain HTTP needs the host written out',
  ],
  [
    'token host with a path',
    registry({ host: 'a.example', tokenHosts: ['https://b.example/token'] }),
    'registries[0].tokenHosts[0]: found "b.example/token"; write the host alone',
  ],
  [
    'CA that is none',
    registry({ host: 'a.example', ca: 'keys/release.asc' }),
    'registries[0].ca: the file "keys/release.asc" has no certificate in PEM form',
  ],
  [
    'CA that is not there',
    registry({ host: 'a.example', ca: 'keys/none.pem' }),
    'registries[0].ca: cannot read the file "keys/none.pem": there is no such file',
  ],
  // trust
  [
    'no key file',
    configText({
      trust: { stranger: { pgp: 'keys/none.asc' }, 'release-team': { pgp: 'keys/release.asc' } },
    }),
    'trust.stranger.pgp: cannot read the file "keys/none.asc": there is no such file',
  ],
  [
    'no keys in it',
    configText({ trust: { 'release-team': { pgp: 'keys/README.md' } } }),
    'trust.release-team.pgp: cannot use the file "keys/README.md": ',
  ],
  [
    'a fingerprint that is not in it',
    configText({ trust: { 'release-team': { pgp: 'keys/release.asc', fingerprints: ['0'.repeat(40)] } } }),
    'trust.release-team.pgp: cannot use the file "keys/release.asc": ',
  ],
  // match
  [
    'pattern with scheme',
    match('oci://a.example/**'),
    'policies[0].match[0]: found "oci://a.example/**"; write it without "oci://"',
  ],
  [
    'pattern with tag',
    match('a.example/b:1.2'),
    'policies[0].match[0]: found "a.example/b:1.2"; it is compared with repositories: write it without the tag',
  ],
  ['pattern with digest', match('a.example/b@sha256:0'), 'write it without the digest'],
  [
    'pattern without a repository',
    match('a.example'),
    'policies[0].match[0]: found "a.example"; it is compared with host/repository: write "a.example/**"',
  ],
  ['pattern that ends in a slash', match('a.example/b/'), 'it names no repository: write "a.example/b/**"'],
  ['pattern in capitals', match('a.example/B/**'), 'names of repositories are in lower case'],
  ['other wildcards', match('a.example/b?'), '"?" is in no reference; only "*" and "**" are special'],
  ['brackets', match('a.example/[ab]'), 'only "*" and "**" are special'],
  // names
  [
    'two policies of a name',
    configText({
      policies: [
        { name: 'p', match: ['**'], require: 'stranger' },
        { name: 'p', match: ['**'], require: 'stranger' },
      ],
    }),
    'policies[1].name: found "p" a second time; policies[0].name has it already',
  ],
  // callers
  [
    'nobody may ask',
    configText({ callers: null }),
    'access.verify: is "callers" (the default), but no callers are defined, so nobody could ask; either add one, "callers: { ci: { token: { secret: CI_TOKEN } } }", or write "access: { verify: anyone }"',
  ],
  ['empty callers', configText({ callers: {} }), 'access.verify: is "callers"'],
  [
    'two callers with one token',
    configText({ callers: { a: { token: { secret: 'CI_TOKEN' } }, b: { token: { secret: 'CI_TOKEN' } } } }),
    'callers.b.token.secret: the token in CI_TOKEN is also that of a',
  ],
];

describe('each of these is refused, at its path, with what is allowed', () => {
  test.each(WRONG)('%s', async (_, text, line) => {
    const problems = await problemsOf(text);
    expect(
      problems.filter((problem) => problem.includes(line)),
      problems.join('\n'),
    ).toHaveLength(1);
    for (const problem of problems) expect(problem).not.toContain('\n');
  });
});

function nested(levels: number): unknown {
  return levels === 0 ? 'stranger' : { anyOf: [nested(levels - 1)] };
}

describe('a report of what is wrong', () => {
  const text = `
registries:
  - host: ghcr.io
    plainHttp: yes
trust:
  release-team:
    pgp: keys/none.asc
policies:
  - name: prod
    match: ["ghcr.io/acme/**"]
    require: { anyOf: [release-team, relase-team] }
    mode: warm
callers:
  ci: { token: { secret: NOT_SET } }
limits: { retries: -1 }
`;
  test('has every problem at once, one line each, in the order of the file, with its line', async () => {
    expect(await problemsOf(text)).toEqual([
      'registries[0].plainHttp: found "yes"; allowed: true, false (line 4)',
      'trust.release-team.pgp: cannot read the file "keys/none.asc": there is no such file (line 7)',
      'policies[0].require.anyOf[1]: found "relase-team", which is no name under trust; did you mean "release-team"? (line 11)',
      'policies[0].mode: found "warm"; allowed: "enforce", "warn"; did you mean "warn"? (line 12)',
      'callers.ci.token.secret: the secret NOT_SET is not set; set the environment variable or Worker secret NOT_SET (or its parts NOT_SET_1, NOT_SET_2, …) (line 14)',
      'limits.retries: found -1; allowed: a whole number from 0 to 10 (line 15)',
    ]);
  });

  test('is one error with a code', async () => {
    await expect(parse(text)).rejects.toMatchObject({ code: 'config.invalid', retryable: false });
    await expect(parse(text)).rejects.toThrow(
      /^chartseal\.yaml cannot be used \(6 problems\):\n {2}registries/,
    );
    const unset = configText({ callers: { ci: { token: { secret: 'NOT_SET' } } } });
    await expect(parse(unset)).rejects.toMatchObject({ code: 'config.secret_missing' });
    await expect(parse(unset)).rejects.toThrow(/NOT_SET/);
  });

  test('a mistyped required field is reported once', async () => {
    expect(await problemsOf(configText({ registries: [{ hots: 'ghcr.io' }] }))).toHaveLength(1);
  });

  test('a broken trust entry does not make its name unknown', async () => {
    const trust = { 'release-team': { sigstore: {} } };
    expect(await problemsOf(configText({ trust }))).toHaveLength(1);
  });

  test('escapes what it shows', async () => {
    const problems = await problemsOf(configText({ 'a\u001b[31m\u202eb': 1 }));
    expect(problems[0]).toMatch(/^\["a\\u\{1b\}\[31m\\u\{202e\}b"\]: unknown field/);
  });
});

describe('YAML', () => {
  test.each([
    ['', 'found nothing; the file is empty'],
    ['# nothing', 'found nothing; the file is empty'],
    ['- a', 'found a list; allowed: a map of fields, like "policies:"'],
    ['a: [', 'not readable as YAML: unexpected end of the stream within a flow collection (line 1)'],
    ['trust: {}\ntrust: {}', 'not readable as YAML: the key "trust" stands twice in one map (line 2)'],
    ['a: 1\n---\nb: 2', 'found 2 YAML documents; one is allowed'],
  ])('%j', async (text, problem) => expect(await problemsOf(text)).toEqual([problem]));

  test('is of version 1.2: on and no are words', async () => {
    const names = await parse(
      configText({ policies: null })
        .replace(/}$/, ', "policies": [{name: on, match: ["**"], require: no}]}')
        .replace('"stranger"', 'no'),
    );
    expect(names.policies[0]).toMatchObject({ name: 'on', require: { name: 'no' } });
  });

  test('a byte order mark and the line ends of Windows', async () => {
    expect(await problemsOf(`\ufeff${configText({ zzz: 1 })}`.replaceAll('\n', '\r\n'))).toEqual([
      expect.stringMatching(/^zzz: unknown field; .* \(line \d+\)$/),
    ]);
  });

  test('aliases are followed', async () => {
    const config = await parse(`
trust: { a: &key { pgp: keys/release.asc }, b: *key }
policies: [{ name: p, match: ["**"], require: { anyOf: [a, b] } }]
access: { verify: anyone }
`);
    expect([...config.trust.keys()]).toEqual(['a', 'b']);
  });
});

describe('secrets stay secret', () => {
  const SECRET = 'hunter2-hunter2';
  test.each([
    ['instead of the map', registry({ host: 'a.example', credentials: `user:${SECRET}` })],
    ['instead of the name', registry({ host: 'a.example', credentials: { secret: `user:${SECRET}` } })],
    ['under other names', registry({ host: 'a.example', credentials: { username: 'u', password: SECRET } })],
    ['in the host', registry({ host: `user:${SECRET}@a.example` })],
    ['in a URL', registry({ host: `https://user:${SECRET}@a.example` })],
    ['in a list', registry({ host: 'a.example', credentials: [SECRET] })],
    ['as token', configText({ callers: { ci: { token: SECRET } } })],
    ['as name of a token', configText({ callers: { ci: { token: { secret: SECRET } } } })],
    ['in broken YAML', `callers: { ci: { token: ${SECRET}\n  x: [}`],
  ])('written into the file %s', async (_, text) => {
    const problems = await problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  test.each([
    ['neither form', SECRET],
    ['broken JSON', `{"auths": {"a.example": {"auth": "${SECRET}"`],
    ['no auths', `{"password": "${SECRET}"}`],
    ['of another host', `{"auths": {"b.example": {"auth": "${SECRET}"}}}`],
    ['not base64', `{"auths": {"a.example": {"auth": "${SECRET}"}}}`],
  ])('a registry secret that cannot be read: %s', async (_, value) => {
    const text = registry({ host: 'a.example', credentials: { secret: 'AUTH' } });
    const problems = await problemsOf(text, { secret: (name) => (name === 'AUTH' ? value : SECRETS[name]) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^registries\[0\]\.credentials\.secret: AUTH: the /);
    expect(problems[0]).not.toContain('hunter2');
  });

  test.each(['', '  \n', 'hunter2', 'hunter2 hunter2 hunter2', 'hunter2-hunter2-ü'])(
    'token %j',
    async (value) => {
      const problems = await problemsOf(configText(), { secret: () => value });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain('CI_TOKEN');
      expect(problems[0]).not.toContain('hunter2');
    },
  );
});

test('a ConfigError tells its problems as data', async () => {
  const error = await parse(configText({ zzz: 1 })).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).problems).toEqual([
    {
      path: 'zzz',
      message: expect.stringContaining('unknown field'),
      line: expect.any(Number),
      code: 'config.invalid',
    },
  ]);
});

test('at the edge there are no CAs of one’s own', async () => {
  const text = registry({ host: 'a.example', ca: 'keys/ca.pem' });
  expect(await problemsOf(text, { runtime: 'edge' })).toEqual([
    expect.stringContaining('registries[0].ca: found a CA file; at the edge'),
  ]);
});
