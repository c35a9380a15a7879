import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readCosignKey } from '../../src/sigstore/index.ts';
import {
  createSigstoreServices,
  FULCIO,
  ISSUER,
  identityOf,
  REKOR_2,
  signingConfigJson,
  TSA,
} from '../support/sigstore-services/index.ts';
import { createTransit, TOKEN, VAULT } from '../support/transit.ts';
import { PASSPHRASE, signingWorld } from './signing-support.ts';
import { NO_CREDENTIALS, NOW, RELEASE_KEY } from './support.ts';

const services = createSigstoreServices({ clock: () => NOW });
const world = await signingWorld({
  'phrase.txt': `${PASSPHRASE}\n`,
  'signing.json': signingConfigJson(['fulcio', 'rekor2', 'tsa']),
  'root.json': services.sigstore.trustedRoot(),
});
const { registry, push, path: cwd } = world;
const WORKFLOW = 'acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3';
const TSA_HOST = new URL(TSA).origin;
const ACTIONS = 'https://actions.example/token?x=1';
const actions: { answer: (request: Request) => Response; asked: Request[] } = {
  asked: [],
  answer: () => Response.json({}),
};

const fetchAll: typeof fetch = async (input, init) => {
  const request = new Request(input as string, init);
  const { origin } = new URL(request.url);
  if (origin === 'https://actions.example') {
    actions.asked.push(request);
    return actions.answer(request);
  }
  if ([FULCIO, REKOR_2, TSA_HOST].includes(origin)) return services.fetch(request);
  return world.network(input, init);
};
const run = (argv: string[], options: Parameters<typeof world.run>[1] = {}) =>
  world.run(argv, { fetch: fetchAll, ...options });
const withPassword = { env: { ...NO_CREDENTIALS, COSIGN_PASSWORD: PASSPHRASE } };
const named = () => registry.getManifest(repository, '1.2.3')?.digest;
const writes = () => registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST');
const token = () => services.token({ job_workflow_ref: WORKFLOW });

// A new one for each test: what is signed stays so.
let repository: string;
let tag: string;
let digest: string;
let count = 0;
async function pushNew() {
  repository = `charts/${count++}/app`;
  tag = `oci://registry.test/${repository}:1.2.3`;
  ({ digest } = await push('1.2.3', 'app-1.2.3.tgz', false, repository));
}
const sign = (more: string[], options: Parameters<typeof run>[1] = withPassword) =>
  run(['sign', `${tag}@${digest}`, ...more], options);
const SERVICES = ['--signing-config', 'signing.json', '--trusted-root', 'root.json'];

beforeAll(async () => {
  const made = await run(['keys', 'generate', '--cosign'], withPassword);
  expect([made.status, made.stderr]).toEqual([0, '']);
  world.keepSecret(await readFile(join(cwd, 'cosign.key'), 'utf8'));
});

beforeEach(async () => {
  registry.reset();
  await pushNew();
  registry.requests.length = 0;
  services.calls.length = 0;
  services.instead.clear();
  actions.asked.length = 0;
});

describe('a cosign key', () => {
  test('signs with neither log nor timestamp unless told which, and says so and how it is verified', async () => {
    const { status, stdout, stderr } = await sign(['--cosign-key', 'cosign.key']);
    expect(status).toBe(0);
    expect(stderr).toContain('cosign.key signs with neither transparency log nor timestamp');
    expect(stderr).toContain('transparencyLog: optional');
    expect(stdout).toMatch(/^SIGNED {2}oci:\/\/registry\.test\/charts\/\d+\/app:1\.2\.3\n/);
    expect(stdout).toContain(
      `cosign verify --key cosign.pub --insecure-ignore-tlog registry.test/${repository}@${digest}`,
    );
    expect(stdout).not.toMatch(/Helm|mode/);
    expect([named(), services.calls]).toEqual([digest, []]);
    const verify = ['verify', tag, '--cosign-key', 'cosign.pub'];
    expect((await run([...verify, '--transparency-log', 'optional'])).status).toBe(0);
    expect((await run([...verify, '--trusted-root', 'root.json'])).status).toBe(1);
  });

  test('signs with the services of --signing-config', async () => {
    const { status, stdout, stderr } = await sign([
      '--cosign-key',
      'cosign.key',
      ...SERVICES,
      '-a',
      'env=prod',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      `cosign verify --key cosign.pub --trusted-root root.json registry.test/${repository}@${digest}`,
    );
    const verify = ['verify', tag, '--cosign-key', 'cosign.pub', '--trusted-root', 'root.json'];
    expect((await run([...verify, '-a', 'env=prod'])).status).toBe(0);
    expect((await run([...verify, '-a', 'env=test'])).status).toBe(1);
    registry.requests.length = 0;
    const again = await sign([
      '--cosign-key',
      'cosign.key',
      ...SERVICES,
      '-a',
      'env=prod',
      '--format',
      'json',
    ]);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, signatures: [{ scheme: 'sigstore' }] });
    expect(writes()).toEqual([]);
  });

  test('with --legacy-tag also under the tag of cosign before 3', async () => {
    const { status, stdout } = await sign(['--cosign-key', 'cosign.key', '--legacy-tag']);
    expect(status).toBe(0);
    const legacy = `${digest.replace(':', '-')}.sig`;
    expect(stdout).toContain(legacy);
    expect(registry.tags(repository)).toContain(legacy);
  });

  test('signs what the PGP key made, in one run', async () => {
    const { status, stdout, stderr } = await sign([
      ...['--key', 'release.secret.asc', '--cosign-key', 'cosign.key'],
      ...SERVICES,
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(named()).not.toBe(digest);
    expect(stdout).toContain(`registry.test/${repository}@${named()}`);
    expect(stdout).toContain(`helm pull oci://registry.test/${repository} --version 1.2.3 --verify`);
    expect((await run(['verify', tag, '--keyring', RELEASE_KEY])).status).toBe(0);
    const verify = ['verify', tag, '--cosign-key', 'cosign.pub', '--trusted-root', 'root.json'];
    expect((await run(verify)).status).toBe(0);
    const verdicts = await sign(['--key', 'release.secret.asc', '--cosign-key', 'cosign.key', ...SERVICES]);
    expect(verdicts.stdout).toMatch(/^SIGNED ALREADY/);
  });

  test('--all signs every chart of a repository', async () => {
    await push('1.0.0', 'app-1.0.0.tgz', false, repository);
    const args = [
      'sign',
      '--all',
      `oci://registry.test/${repository}`,
      '--yes',
      '--cosign-key',
      'cosign.key',
    ];
    const { status, stdout } = await run(args, withPassword);
    expect(status).toBe(0);
    expect(stdout).toContain('2 signed, 0 signed already');
    const again = await run(args, withPassword);
    expect(again.stdout).toContain('0 signed, 2 signed already');
  });

  test('its password: COSIGN_PASSWORD, --passphrase-file, or asked; a wrong one: 2', async () => {
    const args = ['--cosign-key', 'cosign.key', '--dry-run'];
    expect((await sign([...args, '--passphrase-file', 'phrase.txt'], {})).status).toBe(0);
    const asked: unknown[] = [];
    const ask = async (...question: unknown[]) => {
      asked.push(question);
      return PASSPHRASE;
    };
    expect((await sign(args, { ask })).status).toBe(0);
    expect(asked).toEqual([['Password of cosign.key: ', { hidden: true }]]);
    const none = await sign(args, {});
    expect([none.status, none.stderr.includes('COSIGN_PASSWORD')]).toEqual([2, true]);
    for (const options of [
      { env: { ...NO_CREDENTIALS, COSIGN_PASSWORD: 'typed wrongly' } },
      { ask: async () => 'typed wrongly' },
    ]) {
      const wrong = await sign(args, options);
      expect(wrong.status).toBe(2);
      expect(wrong.stderr).toContain('the passphrase does not open the key');
      expect(wrong.stderr).not.toContain('typed wrongly');
    }
  });

  test('in a vault never comes here', async () => {
    const transit = createTransit('ecdsa-p256');
    world.keepSecret(TOKEN);
    const fetch: typeof globalThis.fetch = (input, init) =>
      String(input).startsWith(VAULT.address) ? transit.fetch(input, init) : fetchAll(input, init);
    const env = { ...NO_CREDENTIALS, VAULT_TOKEN: TOKEN, VAULT_ADDR: VAULT.address };
    const made = await run(
      ['keys', 'generate', '--cosign', '--vault', VAULT.address, '--vault-key', VAULT.key, '--out', 'v'],
      { env, fetch },
    );
    expect([made.status, made.stderr]).toEqual([0, '']);
    expect(await readFile(join(cwd, 'v.pub'), 'utf8')).toBe(transit.publicPem());
    expect((await sign(['--cosign-key', 'hashivault://release'], { env, fetch })).status).toBe(0);
    const verify = ['verify', tag, '--cosign-key', 'v.pub', '--transparency-log', 'optional'];
    expect((await run(verify)).status).toBe(0);
    const nowhere = await sign(['--cosign-key', 'hashivault://release'], {
      env: { ...env, VAULT_ADDR: '' },
      fetch,
    });
    expect([nowhere.status, nowhere.stderr.includes('VAULT_ADDR')]).toEqual([2, true]);
  });
});

describe('keyless', () => {
  const KEYLESS = ['--keyless', ...SERVICES];
  const verify = () =>
    run(['verify', tag, '--issuer', ISSUER, '--subject', identityOf({}), '--trusted-root', 'root.json']);

  test('by the token in a file, on the standard input or in SIGSTORE_ID_TOKEN', async () => {
    const own = await token();
    world.keepSecret(own);
    await writeFile(join(cwd, 'token.txt'), `${own}\n`);
    const ways: [string[], Parameters<typeof run>[1]][] = [
      [['--identity-token', 'token.txt'], {}],
      [['--identity-token', '-'], { readStdin: async () => new TextEncoder().encode(own) }],
      [[], { env: { ...NO_CREDENTIALS, SIGSTORE_ID_TOKEN: own } }],
    ];
    for (const [args, options] of ways) {
      registry.reset();
      await pushNew();
      const { status, stdout, stderr } = await sign([...KEYLESS, ...args], options);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`identity  ${identityOf({})}, by ${ISSUER} (keyless)`);
      expect(stdout).toContain(
        `cosign verify --certificate-identity '${identityOf({})}' --certificate-oidc-issuer '${ISSUER}' --trusted-root root.json registry.test/${repository}@${digest}`,
      );
      expect((await verify()).status).toBe(0);
    }
  });

  test('by the token of the GitHub Actions job, asked for with the audience sigstore', async () => {
    const own = await token();
    world.keepSecret(own);
    const bearer = 'the-secret-of-the-request-token';
    world.keepSecret(bearer);
    const env = {
      ...NO_CREDENTIALS,
      ACTIONS_ID_TOKEN_REQUEST_URL: ACTIONS,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    };
    actions.answer = () => Response.json({ count: 1, value: own });
    const { status, stderr } = await sign(KEYLESS, { env });
    expect([status, stderr]).toEqual([0, '']);
    expect((await verify()).status).toBe(0);
    const [request] = actions.asked;
    expect(request?.url).toBe(`${ACTIONS}&audience=sigstore`);
    expect(request?.headers.get('authorization')).toBe(`Bearer ${bearer}`);
    for (const [answer, wanted, code] of [
      [() => new Response('', { status: 500 }), 3, 'sign.service_unavailable'],
      [() => Response.json({ message: bearer }, { status: 403 }), 2, 'sign.service_refused'],
      [() => Response.json({ value: 5 }), 2, 'sign.service_refused'],
      [() => new Response('x'.repeat(100_000)), 2, 'sign.service_refused'],
      [
        () => new Response(null, { status: 302, headers: { location: 'https://x.test' } }),
        2,
        'sign.service_refused',
      ],
    ] as const) {
      actions.answer = answer;
      const failed = await sign(KEYLESS, { env });
      expect([failed.status, failed.stderr.includes(code)]).toEqual([wanted, true]);
    }
  });

  test('after PGP, in one run', async () => {
    const env = { ...NO_CREDENTIALS, SIGSTORE_ID_TOKEN: await token() };
    const { status, stderr } = await sign([...KEYLESS, '--key', 'release.secret.asc'], { env });
    expect([status, stderr]).toEqual([0, '']);
    expect(named()).not.toBe(digest);
    expect((await verify()).status).toBe(0);
    expect((await run(['verify', tag, '--keyring', RELEASE_KEY])).status).toBe(0);
  });

  test('an authority that refuses: 2; one that is down: 3, and the tag is where it was', async () => {
    const env = { ...NO_CREDENTIALS, SIGSTORE_ID_TOKEN: await token() };
    const args = [...KEYLESS, '--key', 'release.secret.asc'];
    services.instead.set(FULCIO, () => Response.json({ message: 'unknown issuer' }, { status: 400 }));
    const refused = await sign(args, { env });
    expect([refused.status, refused.stderr.includes('sign.identity_refused')]).toEqual([2, true]);
    services.instead.set(FULCIO, () => Promise.reject(new TypeError('fetch failed')));
    const down = await sign(args, { env });
    expect([down.status, down.stderr.includes('retry:')]).toEqual([3, true]);
    expect(named()).toBe(digest);
  });
});

describe('what does not go together: 2, and nothing is done', () => {
  test.each<[string, string[], string]>([
    ['keyless without services', ['--keyless'], '--signing-config'],
    ['keyless without a token', ['--keyless', ...SERVICES], 'SIGSTORE_ID_TOKEN'],
    ['a token for nobody', ['--cosign-key', 'cosign.key', '--identity-token', 'x'], '--keyless'],
    [
      'the token itself',
      ['--keyless', ...SERVICES, '--identity-token', 'eyJhbGciOi.eyJpc3Mi.c2ln'],
      'takes a file',
    ],
    [
      'a root without services',
      ['--cosign-key', 'cosign.key', '--trusted-root', 'root.json'],
      '--signing-config',
    ],
    ['services for PGP alone', ['--key', 'release.secret.asc', ...SERVICES], '--cosign-key or --keyless'],
    ['a legacy tag for PGP alone', ['--key', 'release.secret.asc', '--legacy-tag'], '--legacy-tag'],
    ['certificates of a key', ['--cosign-key', 'k', '--certificate-transparency', 'optional'], '--keyless'],
    ['detached without PGP', ['--cosign-key', 'cosign.key', '--detached'], '--detached'],
    ['replace without PGP', ['--cosign-key', 'cosign.key', '--replace'], '--replace'],
    ['an annotation that is none', ['--cosign-key', 'cosign.key', '-a', 'env'], 'NAME=VALUE'],
    ['a key of PGP', ['--cosign-key', 'release.secret.asc'], '--cosign-key release.secret.asc'],
    ['a public key', ['--cosign-key', 'cosign.pub'], 'cosign.key'],
    ['no file', ['--cosign-key', 'nowhere.key'], 'nowhere.key'],
    [
      'services that are none',
      ['--cosign-key', 'cosign.key', '--signing-config', 'root.json'],
      'sign.signing_config',
    ],
    [
      'a service and a key',
      ['--server', 'https://s.test', '--with', 'cosign', '--cosign-key', 'cosign.key'],
      '--cosign-key',
    ],
    [
      'two secrets on one input',
      ['--keyless', '--identity-token', '-', '--passphrase-file', '-'],
      'standard input',
    ],
  ])('%s', async (_name, args, near) => {
    const { status, stdout, stderr } = await sign(args);
    expect(stderr).toContain(near);
    expect(stderr).not.toContain('eyJpc3Mi');
    expect([status, stdout, writes()]).toEqual([2, '', []]);
  });

  test('a local archive, which has no manifest', async () => {
    for (const args of [
      ['--cosign-key', 'cosign.key'],
      ['--keyless', ...SERVICES],
    ]) {
      await writeFile(join(cwd, 'app-1.2.3.tgz'), 'x');
      const { status, stderr } = await run(['sign', 'app-1.2.3.tgz', ...args], withPassword);
      expect([status, stderr.includes('signs the manifest of a chart in a registry')]).toEqual([2, true]);
    }
  });
});

describe('keys generate --cosign', () => {
  const mode = async (name: string) => ((await stat(join(cwd, name))).mode & 0o777).toString(8);

  test('writes the pair that cosign writes, and says which is secret', async () => {
    const { status, stdout } = await run([
      'keys',
      'generate',
      '--cosign',
      '--out',
      'new',
      '--passphrase-file',
      'phrase.txt',
    ]);
    expect(status).toBe(0);
    const pem = await readFile(join(cwd, 'new.key'), 'utf8');
    world.keepSecret(pem);
    expect(pem).toMatch(/^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
    expect([await mode('new.key'), await mode('new.pub')]).toEqual(['600', '644']);
    const key = await readCosignKey(pem, { passphrase: PASSPHRASE });
    expect(key.publicPem).toBe(await readFile(join(cwd, 'new.pub'), 'utf8'));
    expect(stdout).toContain(key.public.fingerprint);
    expect(stdout).toContain('useless without its password');
    const again = await run(['keys', 'generate', '--cosign', '--out', 'new']);
    expect([again.status, again.stderr.includes('file.exists')]).toEqual([2, true]);
  });

  test('asks twice at a terminal, makes none unprotected unasked, and warns of a key without password', async () => {
    const answers = ['one', 'other'];
    const differ = await run(['keys', 'generate', '--cosign', '--out', 'a'], {
      ask: async () => answers.shift(),
    });
    expect([differ.status, differ.stderr.includes('differ')]).toEqual([2, true]);
    const silent = await run(['keys', 'generate', '--cosign', '--out', 'b']);
    expect([silent.status, silent.stderr.includes('Set COSIGN_PASSWORD')]).toEqual([2, true]);
    const empty = { env: { ...NO_CREDENTIALS, COSIGN_PASSWORD: '' } };
    const open = await run(['keys', 'generate', '--cosign', '--out', 'b', '--format', 'json'], empty);
    expect(JSON.parse(open.stdout)).toMatchObject({
      isProtected: false,
      secretFiles: ['b.key'],
      publicFiles: ['b.pub'],
    });
    world.keepSecret(await readFile(join(cwd, 'b.key'), 'utf8'));
    const text = await run(['keys', 'generate', '--cosign', '--out', 'c'], empty);
    expect(text.stdout).toContain('protected by NO password');
    world.keepSecret(await readFile(join(cwd, 'c.key'), 'utf8'));
  });

  test.each([
    [['--user-id', 'x'], '--user-id'],
    [['--type', 'p256'], '--type'],
    [['--expires', '2030-01-01'], '--expires'],
  ])('refuses %j', async (args, near) => {
    const { status, stderr } = await run(['keys', 'generate', '--cosign', ...args]);
    expect([status, stderr.includes(near)]).toEqual([2, true]);
  });

  test('without --cosign a user id is needed', async () => {
    const { status, stderr } = await run(['keys', 'generate']);
    expect([status, stderr.includes('--user-id')]).toEqual([2, true]);
  });
});

describe('a service', () => {
  test('gets the identity token of whoever asks, for its keyless signer', async () => {
    const own = await token();
    world.keepSecret(own);
    const bodies: Record<string, unknown>[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).startsWith('https://chartseal.test/')) return fetchAll(input, init);
      bodies.push(await new Request(input as string, init).json());
      const answer = {
        reference: tag,
        before: digest,
        after: digest,
        changed: true,
        mode: 'detached',
        dryRun: false,
        signatures: [
          { name: 'keyless', scheme: 'sigstore', issuer: "https://x'y", subject: 'a\u001b[31m', digest },
        ],
        leftBehind: [],
        report: null,
        audit: null,
      };
      return Response.json(answer, { status: 201 });
    };
    const args = ['--server', 'https://chartseal.test', '--with', 'keyless'];
    const env = { ...NO_CREDENTIALS, SIGSTORE_ID_TOKEN: own, CHARTSEAL_TOKEN: 'caller-token-of-the-tests' };
    const { status, stdout } = await sign([...args, '--keyless'], { env, fetch });
    expect(status).toBe(0);
    expect(bodies).toEqual([expect.objectContaining({ with: ['keyless'], identityToken: own })]);
    // Words of the service, as a shell takes them for one each, without what moves a terminal.
    expect(stdout).toContain(`--certificate-oidc-issuer 'https://x'\\''y'`);
    expect(stdout).not.toContain('\u001b');
    bodies.length = 0;
    await sign(args, { env, fetch });
    expect(bodies[0]).not.toHaveProperty('identityToken');
  });
});
