import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  createRegistryClient,
  type Digest,
  parseReference,
  type RegistrySession,
} from '../../src/oci/index.ts';
import {
  addLegacySignature,
  bundleManifest,
  createKeylessSigner,
  createKeySigner,
  generateCosignKey,
  readCosignKey,
  readSigningConfig,
  type SigstoreSigner,
} from '../../src/sigstore/index.ts';
import {
  createSigstoreServices,
  ISSUER,
  identityOf,
  type SigstoreServices,
  signingConfigJson,
} from '../support/sigstore-services/index.ts';
import { answering, freePort } from './registries.ts';
import { run } from './run.ts';
import { toolPath } from './tools.ts';

/**
 * What chartseal signs with the services of the tests, judged by real cosign: a log of version 1 and certificates that a
 * certificate log vouches for, of which there are no real ones to be had here.
 */

const tools = ['cosign-3.1.3', 'referrers-registry-0.22.1'] as const;
const missing = tools.filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0)
  console.log(
    `NOT TESTED: signatures with a log of version 1, and cosign: ${missing.join(', ')} not installed`,
  );

describe.skipIf(missing.length > 0)('what chartseal signs, and cosign', () => {
  let services: SigstoreServices;
  let session: () => RegistrySession;
  let registry: ChildProcess;
  let dir = '';
  let host = '';
  let count = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'cosign-services-'));
    services = createSigstoreServices({ clock: Date.now });
    await writeFile(join(dir, 'root.json'), services.sigstore.trustedRootJson);
    const port = await freePort();
    host = `127.0.0.1:${port}`;
    const log = openSync(join(dir, 'log'), 'a');
    registry = spawn(toolPath('referrers-registry-0.22.1')!, ['-addr', host], {
      stdio: ['ignore', log, log],
    });
    await answering(`http://${host}/v2/`, registry, join(dir, 'log'));
    const client = createRegistryClient({ fetch, clock: Date.now, registries: [{ host, plainHttp: true }] });
    session = () => client.session({ action: 'push', noCache: true });
  });
  afterAll(() => registry?.kill('SIGKILL'));

  const signingConfig = (...names: Parameters<typeof signingConfigJson>[0]) =>
    readSigningConfig(signingConfigJson(names));

  /** Puts something like a chart, signs it (both ways unless told otherwise), and gives how cosign calls it. */
  async function signed(
    signer: SigstoreSigner,
    { identityToken, legacy: also = true }: { identityToken?: string; legacy?: boolean } = {},
  ): Promise<string> {
    const repository = `chart-${++count}`;
    const ref = parseReference(`oci://${host}/${repository}`);
    const work = session();
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const config = await work.putBlob(ref, Buffer.from(`{"name":"${repository}"}`));
    const layer = await work.putBlob(ref, Buffer.from(repository));
    const chart = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', ...layer }],
      }),
    );
    const { digest } = await work.putManifest(ref, '1.0.0', chart, mediaType);
    const { bundle, legacy, predicateType } = await signer.sign({
      subject: { digest },
      at: Date.now(),
      identityToken,
      ...(also && { legacy: { repository: `${host}/${repository}` } }),
    });
    const blob = await work.putBlob(ref, bundle);
    const subject = { mediaType, digest: digest as Digest, size: chart.length };
    const referrer = bundleManifest({ subject, bundle: blob, predicateType, at: Date.now() });
    await work.putBlob(ref, referrer.config);
    await work.attachReferrer(ref, referrer.manifest, referrer.mediaType, digest);
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    if (legacy) await addLegacySignature(work, ref, digest, legacy, { sleep, random: Math.random });
    return `${host}/${repository}@${digest}`;
  }

  async function cosign(chart: string, ...args: string[]): Promise<{ code: number; stderr: string }> {
    const all = ['verify', '--trusted-root', 'root.json', '--allow-http-registry', ...args, chart];
    return run(toolPath('cosign-3.1.3')!, all, { cwd: dir, env: { HOME: dir, DOCKER_CONFIG: dir } });
  }
  async function accepts(chart: string, ...args: string[]): Promise<void> {
    const { code, stderr } = await cosign(chart, ...args);
    expect(code, stderr).toBe(0);
  }
  const LEGACY = '--new-bundle-format=false';

  it.each<Parameters<typeof signingConfigJson>[0][]>([
    [['rekor1']],
    [['rekor1', 'tsa']],
    [['rekor2', 'tsa']],
  ])('with a key and %j: accepted', async (names) => {
    const made = await generateCosignKey({ passphrase: '' });
    await writeFile(join(dir, 'cosign.pub'), made.publicPem);
    const key = await readCosignKey(made.privatePem);
    const chart = await signed(
      createKeySigner({ ...services.environment, key, signingConfig: signingConfig(...names) }),
    );
    await accepts(chart, '--key', 'cosign.pub');
    // Under the .sig tag there is no log of version 2.
    const unlogged = names[0] === 'rekor2' ? ['--insecure-ignore-tlog'] : [];
    await accepts(chart, '--key', 'cosign.pub', LEGACY, ...unlogged);
    await writeFile(join(dir, 'other.pub'), (await generateCosignKey({ passphrase: '' })).publicPem);
    for (const args of [[], [LEGACY]]) {
      expect((await cosign(chart, '--key', 'other.pub', ...args)).code).not.toBe(0);
    }
  });

  it.each<Parameters<typeof signingConfigJson>[0][]>([[['rekor1']], [['rekor2', 'tsa']]])(
    'keyless with %j: accepted, with the proof of the certificate log',
    async (names) => {
      const signer = createKeylessSigner({
        ...services.environment,
        signingConfig: signingConfig('fulcio', ...names),
      });
      const chart = await signed(signer, { identityToken: await services.token() });
      const who = ['--certificate-identity', identityOf({}), '--certificate-oidc-issuer', ISSUER];
      await accepts(chart, ...who);
      const unlogged = names[0] === 'rekor2' ? ['--insecure-ignore-tlog', '--use-signed-timestamps'] : [];
      await accepts(chart, ...who, LEGACY, ...unlogged);
      const other = ['--certificate-identity', 'mallory@example.com', '--certificate-oidc-issuer', ISSUER];
      expect((await cosign(chart, ...other)).code).not.toBe(0);
    },
  );

  it('with Ed25519, in a log of version 1 and without a log: accepted', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = await readCosignKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    await writeFile(join(dir, 'ed25519.pub'), key.publicPem);
    const o = { ...services.environment, key };
    const logged = createKeySigner({ ...o, signingConfig: signingConfig('rekor1') });
    await accepts(await signed(logged, { legacy: false }), '--key', 'ed25519.pub');
    const unlogged = await signed(createKeySigner(o));
    await accepts(unlogged, '--key', 'ed25519.pub', '--insecure-ignore-tlog');
    await accepts(unlogged, '--key', 'ed25519.pub', '--insecure-ignore-tlog', LEGACY);
  });

  it('a key file that chartseal made is one that cosign signs with', async () => {
    const passphrase = 'päss wörd';
    const made = await generateCosignKey({ passphrase });
    await writeFile(join(dir, 'made.key'), made.privatePem);
    await writeFile(join(dir, 'made.pub'), made.publicPem);
    const { code, stderr } = await run(
      toolPath('cosign-3.1.3')!,
      ['public-key', '--key', 'made.key', '--outfile', 'shown.pub'],
      { cwd: dir, env: { HOME: dir, COSIGN_PASSWORD: passphrase } },
    );
    expect(code, stderr).toBe(0);
    expect(await readFile(join(dir, 'shown.pub'), 'utf8')).toBe(made.publicPem);
  });
});
