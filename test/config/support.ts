import { readFile } from 'node:fs/promises';
import {
  type Config,
  ConfigError,
  formatProblem,
  type ParseConfigOptions,
  parseConfig,
  shippedPath,
} from '../../src/config/index.ts';
import { readShipped } from '../../src/platform/node/read-shipped.ts';
import { type PgpSigner, readKeyring } from '../../src/provenance/index.ts';
import { generateCosignKey, type SigstoreSigner } from '../../src/sigstore/index.ts';

const fixtures = new URL('../fixtures/keys/', import.meta.url);

export const SECRETS: Record<string, string> = {
  CI_TOKEN: 'c'.repeat(32),
  OPERATOR_TOKEN: `${'o'.repeat(32)}\n`,
  REGISTRY_AUTH: 'robot:p:w',
};

/** Files of test/fixtures/keys under `keys/`, and those that come with chartseal. */
export async function readFixture(path: string): Promise<Uint8Array> {
  if (shippedPath(path) !== undefined) return readShipped(path);
  return new Uint8Array(await readFile(new URL(path.replace(/^keys\//, ''), fixtures)));
}

export function parse(text: string, options: Partial<ParseConfigOptions> = {}): Promise<Config> {
  return parseConfig({
    text,
    path: 'chartseal.yaml',
    readFile: readFixture,
    secret: (name) => SECRETS[name],
    ...options,
  });
}

/** The problems of a configuration as lines; empty if there are none. */
export async function problemsOf(text: string, options: Partial<ParseConfigOptions> = {}): Promise<string[]> {
  try {
    await parse(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** A good configuration, with some of its top-level fields replaced or (null) left out. */
export function configText(fields: Record<string, unknown> = {}): string {
  const whole: Record<string, unknown> = {
    trust: { 'release-team': { pgp: 'keys/release.asc' }, stranger: { pgp: 'keys/stranger.gpg' } },
    policies: [{ name: 'default', match: ['**'], require: 'release-team' }],
    callers: { ci: { token: { secret: 'CI_TOKEN' } } },
    ...fields,
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null)),
    null,
    1,
  );
}

/** A signer that signs nothing, with the public half of a key of the fixtures. */
export async function signerOf(key: string): Promise<PgpSigner> {
  const publicBinary = await readFixture(`keys/${key}.gpg`);
  const [parsed] = (await readKeyring(publicBinary)).keys;
  if (parsed === undefined) throw new Error(`no key in ${key}.gpg`);
  const { fingerprint, keyId, userIds } = parsed;
  return {
    fingerprint,
    keyId,
    userIds,
    signsWith: { fingerprint, keyId, algorithm: 'RSA-4096', primary: true },
    expiresAt: undefined,
    publicKey: parsed.key,
    publicArmored: '',
    publicBinary,
    helmOld: true,
    clearsign: async () => '',
  };
}

/** A signer of sigstore that signs nothing. */
export async function sigstoreSignerOf(kind: 'key' | 'keyless'): Promise<SigstoreSigner> {
  const { publicPem, public: half } = await generateCosignKey({ passphrase: '' });
  return {
    kind,
    key: kind === 'key' ? { ...half, pem: publicPem } : undefined,
    cosignFlags: [],
    sign: () => Promise.reject(new Error('signs nothing')),
  };
}
