import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';

/** What may be told of a new key. */
export interface NewKey {
  fingerprint: string;
  keyId: string;
  userId: string;
  algorithm: string;
  /** Size of the armored secret half. */
  secretBytes?: number;
  /** Does a passphrase protect the secret half? */
  isProtected?: boolean;
  /** Where the secret half is instead. */
  vault?: { address: string; key: string; keyVersion: number };
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined;
  paths: { path: string; secret: boolean }[];
}

/** What a Worker secret holds, less than its 5 KB. */
const WORKER_SECRET_BYTES = 5000;

/** Says on stdout what was made, which of it is secret and which public, and what to do with each. */
export function showNewKey(key: NewKey, { out, format }: { out: string; format: string }, io: Io): void {
  const expires = key.expiresAt === undefined ? null : new Date(key.expiresAt).toISOString();
  const secretFiles = key.paths.filter(({ secret }) => secret).map(({ path }) => path);
  const publicFiles = key.paths.filter(({ secret }) => !secret).map(({ path }) => path);
  if (format === 'json') {
    const { paths: _, expiresAt: __, ...facts } = key;
    io.stdout.write(`${toSafeJson({ ...facts, expires, secretFiles, publicFiles })}\n`);
    return;
  }
  const name = clean(out, 300);
  const lines = [
    `fingerprint  ${key.fingerprint}`,
    `user id      ${clean(key.userId, 300)}`,
    `algorithm    ${key.algorithm}`,
    `expires      ${expires ?? 'never'}`,
    ...(expires === null
      ? []
      : ['             Helm from 3.21.4 on refuses all signatures of a key that has expired.']),
    '',
    ...(key.vault === undefined ? ownKey(key, name) : vaultKey(key.vault, name)),
    '',
    'PUBLIC, for everybody:',
    `  ${name}.asc   armored: for chartseal.yaml under "trust" and for chartseal verify --keyring`,
    `  ${name}.gpg   binary: the keyring that users of Helm need, helm pull --verify --keyring ${name}.gpg`,
    'Hand it to your users: put it on your web site, or let them fetch /keys/pgp.gpg from the service.',
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}

function ownKey({ secretBytes = 0, isProtected = false }: NewKey, name: string): string[] {
  const parts = Math.ceil(secretBytes / WORKER_SECRET_BYTES);
  return [
    'SECRET, never to be shown, sent or committed:',
    `  ${name}.secret.asc       the key that signs; ${isProtected ? 'useless without its passphrase' : 'NOT protected by a passphrase: whoever reads it can sign'}`,
    `  ${name}.revocation.asc   takes the key back when published: keep it apart from the key, offline`,
    '',
    `Sign here:     chartseal sign oci://HOST/REPOSITORY:TAG@DIGEST --key ${name}.secret.asc`,
    'Sign as a service: name the secret in chartseal.yaml, signing: [{ pgp: { secret: RELEASE_PGP_KEY }, … }], and set it:',
    `  on Node      RELEASE_PGP_KEY="$(cat ${name}.secret.asc)" chartseal serve`,
    ...(parts === 1
      ? [
          `  on Workers   wrangler secret put RELEASE_PGP_KEY < ${name}.secret.asc`,
          `               (it has ${secretBytes} bytes; a Worker secret holds 5 KB. A larger one goes in parts:`,
          `               split -b ${WORKER_SECRET_BYTES} -a 1 --numeric-suffixes=1 ${name}.secret.asc part_ and then`,
          '               wrangler secret put RELEASE_PGP_KEY_1 < part_1, RELEASE_PGP_KEY_2 < part_2, …)',
        ]
      : [
          `  on Workers   split -b ${WORKER_SECRET_BYTES} -a 1 --numeric-suffixes=1 ${name}.secret.asc part_`,
          ...Array.from(
            { length: parts },
            (_, index) =>
              `               wrangler secret put RELEASE_PGP_KEY_${index + 1} < part_${index + 1}`,
          ),
        ]),
    ...(isProtected
      ? ['               and its passphrase, as pgp: { secret: …, passphrase: RELEASE_PGP_PASSPHRASE }']
      : []),
  ];
}

function vaultKey({ address, key, keyVersion }: NonNullable<NewKey['vault']>, name: string): string[] {
  const shown = `${clean(address, 300)} --vault-key ${clean(key, 100)}`;
  return [
    `SECRET: stays in the vault (key ${clean(key, 100)}, version ${keyVersion}). A secret here is only VAULT_TOKEN.`,
    '',
    `Sign here:     chartseal sign oci://HOST/REPOSITORY:TAG@DIGEST --vault ${shown} --public-key ${name}.asc`,
    'Sign as a service, in chartseal.yaml under signing:',
    `  pgp: { vault: { address: ${JSON.stringify(clean(address, 300))}, key: ${JSON.stringify(clean(key, 100))}, keyVersion: ${keyVersion}, token: { secret: VAULT_TOKEN }, publicKey: ${name}.asc } }`,
    'When the key is rotated in the vault, make a new certificate: this one is for its version alone.',
  ];
}
