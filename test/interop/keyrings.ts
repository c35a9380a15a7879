import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKey, readPrivateKey, revokeKey } from 'openpgp';
import { KEYS } from './helm.ts';

/** Binary keyrings, as Helm reads them: the single test keys, several in one file, and the release key revoked. */
export type KeyringName =
  | 'release'
  | 'stranger'
  | 'expired'
  | 'ed25519'
  | 'release+stranger'
  | 'release+ed25519'
  | 'revoked';

/** Writes a keyring below `dir` and gives its path. */
export async function keyring(name: KeyringName, dir: string): Promise<string> {
  const file = join(dir, 'keyrings', `${name}.gpg`);
  await mkdir(join(dir, 'keyrings'), { recursive: true });
  await writeFile(file, name === 'revoked' ? await revoked() : await joined(name.split('+')));
  return file;
}

async function joined(names: string[]): Promise<Uint8Array> {
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(KEYS, `${name}.gpg`)))));
}

async function revoked(): Promise<Uint8Array> {
  const key = await readPrivateKey({ binaryKey: await readFile(join(KEYS, 'release.secret.gpg')) });
  const { publicKey } = await revokeKey({ key, format: 'armored' });
  return (await readKey({ armoredKey: publicKey })).write();
}
