import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, test } from 'vitest';
import {
  createSigstoreServices,
  ISSUER,
  identityOf,
  NOW,
  signingConfigJson,
} from '../../support/sigstore-services/index.ts';
import { judge, keyIdentity, keyless } from './judge.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const digest = `sha256:${'4c'.repeat(32)}`;
const KEYS = ['p256', 'p384', 'p521', 'rsa4096', 'ed25519'];

// Packages that require a module of Node get it as an import, as wrangler arranges it.
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(crypto|util)$/ }, ({ path: name }) => ({ path: name, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({
      contents: `export * from 'node:${name}'; export { default } from 'node:${name}';`,
    }));
  },
};

test('all of it is done in workerd: keys opened, charts signed with keys and keyless, as in Node', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createKeySigner, createKeylessSigner, generateCosignKey, readCosignKey, readSigningConfig }
          from ${JSON.stringify(path('../../../src/sigstore/signing/index.ts'))};
        const bytes = (text) => new TextEncoder().encode(text);
        const text = (bytes) => new TextDecoder().decode(bytes);
        export default { async fetch(request) {
          const { keys, plain, passphrase, logged, keylessly, identityToken, digest, at } = await request.json();
          const o = { fetch, clock: () => at, random: Math.random, sleep: async () => {} };
          const input = { subject: { digest }, at, legacy: { repository: 'registry.example.com/app' } };
          const told = ({ bundle, legacy, ...rest }) =>
            ({ ...rest, bundle: text(bundle), payload: text(legacy.payload), annotations: legacy.annotations });
          const signed = {};
          for (const [name, pem] of Object.entries(keys)) {
            const key = await readCosignKey(pem, { passphrase });
            // Ed25519 fits no log of version 2.
            const signingConfig = key.algorithm.hash === undefined ? undefined : readSigningConfig(bytes(logged));
            signed[name] = told(await createKeySigner({ ...o, key, signingConfig }).sign(input));
          }
          const signer = createKeylessSigner({ ...o, signingConfig: readSigningConfig(bytes(keylessly)) });
          signed.keyless = told(await signer.sign({ ...input, identityToken }));
          const made = await generateCosignKey({ passphrase: 'x' });
          const reopened = await readCosignKey(made.privatePem, { passphrase: 'x' });
          const forms = [];
          for (const pem of plain) forms.push((await readCosignKey(pem)).publicPem);
          return Response.json({ signed, forms, same: reopened.publicPem === made.publicPem });
        } };`,
      resolveDir: path('.'),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker'],
    external: ['node:*'],
    plugins: [builtins],
    write: false,
  });
  const services = createSigstoreServices();
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      outboundService: async (request: Request) => {
        const { url, method, headers } = request;
        const body = method === 'POST' ? await request.arrayBuffer() : undefined;
        const answer = await services.fetch(url, { method, headers: [...headers], ...(body && { body }) });
        return new Response(await answer.arrayBuffer(), answer);
      },
    } as never),
    telemetry: { enabled: false },
  });
  try {
    const read = (name: string) => readFile(path(`../../fixtures/cosign-keys/${name}`), 'utf8');
    const keys = Object.fromEntries(
      await Promise.all(KEYS.map(async (name) => [name, await read(`${name}.key`)])),
    );
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rsa = (type: 'pkcs8' | 'pkcs1') => privateKey.export({ type, format: 'pem' });
    const answer = await miniflare.dispatchFetch('http://worker.test/', {
      method: 'POST',
      body: JSON.stringify({
        keys,
        plain: [await read('plain-pkcs8.pem'), await read('plain-sec1.pem'), rsa('pkcs8'), rsa('pkcs1')],
        passphrase: 'correct horse',
        logged: Buffer.from(signingConfigJson(['rekor2', 'tsa'])).toString(),
        keylessly: Buffer.from(signingConfigJson(['fulcio', 'rekor1', 'tsa'])).toString(),
        identityToken: await services.token(),
        digest,
        at: NOW,
      }),
    });
    expect(answer.status, await answer.clone().text()).toBe(200);
    const { signed, forms, same } = (await answer.json()) as {
      signed: Record<string, Told>;
      forms: string[];
      same: boolean;
    };
    expect(same).toBe(true);
    expect([forms[0], forms[2]]).toEqual([forms[1], forms[3]]);
    const { sigstore } = services;
    for (const name of KEYS) {
      const identity = await keyIdentity(await read(`${name}.pub`));
      const log = name === 'ed25519' ? 'optional' : 'required';
      expect(await judge(bundle(signed[name]!), digest, identity, { sigstore, log }), name).toBe('held');
      const legacy = await judge(layer(signed[name]!), digest, identity, { sigstore, log: 'optional' });
      expect(legacy, `${name}, .sig`).toBe('held');
    }
    const who = keyless(ISSUER, identityOf({}));
    expect(await judge(bundle(signed.keyless!), digest, who, { sigstore })).toBe('held');
    expect(await judge(layer(signed.keyless!), digest, who, { sigstore })).toBe('held');
    expect(signed.keyless?.signer).toEqual({ issuer: ISSUER, subject: identityOf({}) });
  } finally {
    await miniflare.dispose();
  }
});

interface Told {
  bundle: string;
  payload: string;
  annotations: Record<string, string>;
  signer: object;
}

const bundle = (told: Told) =>
  ({ format: 'bundle', bytes: Buffer.from(told.bundle), annotations: {} }) as const;
const layer = ({ payload, annotations }: Told) =>
  ({ format: 'simple-signing', bytes: Buffer.from(payload), annotations }) as const;
