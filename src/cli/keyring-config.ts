import { basename } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type Config, parseConfig } from '../config/index.ts';
import { readKeyring } from '../provenance/index.ts';
import { KEYRING_POLICY } from '../verification/choose-policies.ts';
import { readNamedFile } from './files.ts';

const HOW_TO_EXPORT = "Export the signer's public key: gpg --armor --export KEY > FILE";

/**
 * The configuration that `--keyring FILE` stands for: every repository, a signature by any key of the files.
 * @throws ChartsealError file.unreadable, keyring.invalid, keyring.empty
 */
export async function keyringConfig(paths: readonly string[], cwd: string): Promise<Config> {
  const files = new Map<string, Uint8Array>();
  for (const path of paths) {
    const bytes = await readNamedFile(path, cwd, '--keyring', `Check the path. ${HOW_TO_EXPORT}`);
    await checkKeyring(path, bytes);
    files.set(trustName(path, files), bytes);
  }
  const text = JSON.stringify({
    trust: Object.fromEntries([...files.keys()].map((name) => [name, { pgp: name }])),
    policies: [{ name: 'keyring', match: ['**'], require: { anyOf: [...files.keys()] } }],
  });
  const config = await parseConfig({
    text,
    path: '--keyring',
    readFile: async (name) => files.get(name) ?? new Uint8Array(),
    secret: () => undefined,
    use: 'verify',
  });
  return { ...config, policies: config.policies.map((policy) => ({ ...policy, name: KEYRING_POLICY })) };
}

async function checkKeyring(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await readKeyring(bytes);
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    throw new ChartsealError(error.code, `--keyring ${clean(path)}: ${error.message}`, {
      help: error.help,
      cause: error,
    });
  }
}

// The name that the report shows: that of the file, as far as a trust name may hold it.
function trustName(path: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = basename(path)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 80);
  const name = /^[A-Za-z0-9]/.test(plain) ? plain : `keyring-${plain}`;
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}-${n}`)) return `${name}-${n}`;
}
