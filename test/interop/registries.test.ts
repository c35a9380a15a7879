import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal, type Service, serve } from './chartseal.ts';
import { type Helm, helm, KEYS } from './helm.ts';
import { NOBODY, PASSWORD, type RunningRegistry, USERNAME } from './registries.ts';
import { HELM_VERSIONS, toolPath } from './tools.ts';

/** Charts packaged, signed and pushed by real Helm to real registries, verified by chartseal on the command line and
 * by a running service. */

const dir = inject('dir');
const registries = inject('registries');
const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));
const RELEASE = join(KEYS, 'release.asc');

/** A registry as chartseal.yaml names it; the token service of the tests is plain and must be written out. */
const entry = ({ host, tokenHost }: RunningRegistry) => ({
  host,
  plainHttp: true,
  ...(tokenHost ? { tokenHosts: [tokenHost] } : {}),
});
const rules = (keyring = RELEASE) => ({
  trust: { release: { pgp: keyring } },
  policies: [{ name: 'default', match: ['**'], require: 'release' }],
});

let home = '';
let service: Service;

beforeAll(async () => {
  home = await mkdtemp(join(dir, 'home-'));
  service = await serve(
    dir,
    {
      registries: registries.map((registry) => ({
        ...entry(registry),
        ...(registry.auth === 'open' ? {} : { credentials: { secret: 'REGISTRY_AUTH' } }),
      })),
      ...rules(),
    },
    { REGISTRY_AUTH: `${USERNAME}:${PASSWORD}` },
  );
});
afterAll(() => service?.stop());

/** What the command line is told of a registry: nothing but two flags, or a configuration for a token service. */
async function cliArguments(registry: RunningRegistry, keyring = RELEASE): Promise<string[]> {
  if (!registry.tokenHost) return ['--keyring', keyring, '--plain-http', '--format', 'json'];
  const file = join(await mkdtemp(join(dir, 'config-')), 'chartseal.yaml');
  await writeFile(file, JSON.stringify({ registries: [entry(registry)], ...rules(keyring) }));
  return ['--config', file, '--format', 'json'];
}

describe.each(registries)('$name', (registry) => {
  const { host, auth } = registry;

  describe.each(installed)('pushed by Helm %s', (version) => {
    let pusher: Helm;
    let digest = '';
    const folder = `helm-${version.replaceAll('.', '-')}`;
    const reference = (name: string) => `oci://${host}/${folder}/${name}`;
    const verify = async (ref: string, more: string[] = [], keyring = RELEASE) =>
      chartseal(['verify', ref, ...more, ...(await cliArguments(registry, keyring))], {
        home,
        registryConfig: pusher.registryConfig,
      });

    beforeAll(async () => {
      pusher = await helm(version, dir);
      if (auth !== 'open') {
        const login = await pusher.login(host, USERNAME, PASSWORD);
        expect(login.code, login.stderr).toBe(0);
      }
      digest = await pusher.push(await pusher.package('app', '1.2.3'), `oci://${host}/${folder}`);
      await pusher.push(await pusher.package('app', '1.2.3+build.7'), `oci://${host}/${folder}`);
      await pusher.push(await pusher.package('umbrella', '0.3.0'), `oci://${host}/${folder}`);
      await pusher.push(await pusher.package('legacy', '0.1.0'), `oci://${host}/${folder}`);
      await pusher.push(await pusher.package('app', '2.0.0', { sign: false }), `oci://${host}/${folder}`);
    });

    it('real Helm itself accepts what it pushed', async () => {
      const pulled = await pusher.pullVerified(reference('app:1.2.3'), {
        keyring: join(KEYS, 'release.gpg'),
      });
      expect(pulled.code, pulled.stderr).toBe(0);
    });

    it('the command line allows it, and names the digest that Helm printed', async () => {
      const result = await verify(reference('app:1.2.3'));
      expect(result.code, result.stderr).toBe(0);
      expect(result.report).toMatchObject({
        verdict: 'allow',
        subject: {
          digest,
          pinned: `${reference('app')}@${digest}`,
          chart: { name: 'app', version: '1.2.3' },
        },
      });
      expect(result.stdout + result.stderr).not.toContain(PASSWORD);
    });

    it.each([
      ['by digest', () => [`${reference('app')}@${digest}`]],
      ['by a range', () => [reference('app'), '--version', '>=1.0.0, <2.0.0']],
      ['with build metadata', () => [reference('app'), '--version', '1.2.3+build.7']],
    ])('the command line allows it %s', async (_, target) => {
      const [ref, ...more] = target();
      const result = await verify(ref!, more);
      expect(result.code, result.stderr).toBe(0);
    });

    it('the command line denies the unsigned one, and the signed one to who does not trust the key', async () => {
      const unsigned = await verify(reference('app:2.0.0'));
      expect(unsigned.code, unsigned.stderr).toBe(1);
      expect(unsigned.report?.reasons.map(({ code }) => code)).toContain('pgp.provenance_missing');
      const untrusted = await verify(reference('app:1.2.3'), [], join(KEYS, 'stranger.asc'));
      expect(untrusted.code, untrusted.stderr).toBe(1);
      expect(untrusted.report?.reasons.map(({ code }) => code)).toContain('pgp.untrusted_key');
    });

    it('the service allows it', async () => {
      const answer = await service.verify({ reference: reference('app:1.2.3') }, '?status=verdict');
      expect(answer.report).toMatchObject({ verdict: 'allow', subject: { digest } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('chartseal-verdict')).toBe('allow');
      expect(answer.headers.get('chartseal-digest')).toBe(digest);
    });

    it.each(['app:1.2.3', 'umbrella:0.3.0', 'legacy:0.1.0'])(
      'the service allows the content of %s',
      async (name) => {
        const { report } = await service.verify({ reference: reference(name), depth: 'content' });
        expect(report.verdict, JSON.stringify(report.reasons)).toBe('allow');
      },
    );

    it('the service denies the unsigned one', async () => {
      const answer = await service.verify({ reference: reference('app:2.0.0') }, '?status=verdict');
      expect(answer.report.verdict).toBe('deny');
      expect(answer.status).toBe(403);
    });
  });

  // Registered only where they apply: "skipped" in the counts always means that something was left out.
  const itWithAuth = auth === 'open' ? () => {} : it;
  itWithAuth(
    'without credentials and with wrong ones it is inconclusive, and trying again does not help',
    async () => {
      const wrong = join(await mkdtemp(join(dir, 'wrong-')), 'registry.json');
      const basic = Buffer.from(`${USERNAME}:not-the-password`).toString('base64');
      await writeFile(wrong, JSON.stringify({ auths: { [host]: { auth: basic } } }));
      const args = ['verify', `oci://${host}/any/app:1.2.3`, ...(await cliArguments(registry))];
      for (const registryConfig of [undefined, wrong]) {
        const result = await chartseal(args, { home, ...(registryConfig ? { registryConfig } : {}) });
        expect(result.code, result.stderr).toBe(3);
        expect(result.report).toMatchObject({ verdict: 'inconclusive', retryable: false });
        expect(result.report?.reasons.map(({ code }) => code)).toContain('registry.unauthorized');
        expect(result.stdout + result.stderr).not.toContain('not-the-password');
      }
    },
  );

  const itWithTokens = auth === 'token' ? it : () => {};
  itWithTokens('a plain token service that is not written out is not asked', async () => {
    const result = await chartseal(
      ['verify', `oci://${host}/any/app:1.2.3`, '--keyring', RELEASE, '--plain-http', '--format', 'json'],
      { home },
    );
    expect(result.code, result.stderr).toBe(3);
    expect(result.report?.reasons.map(({ code }) => code)).toContain('registry.token_refused');
  });
});

it('a registry that does not answer is inconclusive, and trying again may help', async () => {
  const result = await chartseal(
    ['verify', `oci://${NOBODY}/charts/app:1.2.3`, '--keyring', RELEASE, '--plain-http', '--format', 'json'],
    { home },
  );
  expect(result.code, result.stderr).toBe(3);
  expect(result.report).toMatchObject({ verdict: 'inconclusive', retryable: true });
});

it.each([
  ['a reference with a typing error', ['oci://127.0.0.1:5000/Charts/app:1.2.3', '--keyring', RELEASE]],
  [
    'a keyring that is not there',
    ['oci://127.0.0.1:5000/charts/app:1.2.3', '--keyring', '/nowhere/release.asc'],
  ],
  ['an unknown flag', ['oci://127.0.0.1:5000/charts/app:1.2.3', '--keyrings', RELEASE]],
])('%s is a matter of usage', async (_, args) => {
  const result = await chartseal(['verify', ...args], { home });
  expect(result.code).toBe(2);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toBe('');
});
