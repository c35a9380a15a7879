import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import { generateCosignKey, vaultPublicKey } from '../sigstore/index.ts';
import { EXIT } from './exit-status.ts';
import type { KeysGenerateOptions } from './keys-generate-options.ts';
import { readPassphrase } from './read-passphrase.ts';
import { usageError } from './usage-error.ts';
import { vaultAccess } from './vault-access.ts';
import { type NewFile, refuseExisting, writeKeyFiles } from './write-key-files.ts';

interface Made {
  fingerprint: string;
  algorithm: string;
  files: NewFile[];
  /** undefined: it is in a vault. */
  isProtected?: boolean;
}

/**
 * `chartseal keys generate --cosign`: makes a key as `cosign generate-key-pair` does, so that either program uses it; or, with
 * `--vault`, writes the public half of a key that is there. No secret is ever printed.
 * @throws ChartsealError file.exists (nothing is written then), usage.invalid, sign.cosign_key_unusable, sign.signer_*
 */
export async function generateCosign(
  options: KeysGenerateOptions & { out: string },
  io: Io,
): Promise<number> {
  const made = options.vault === undefined ? await make(options, io) : await readVault(options, io);
  await writeKeyFiles(made.files, io.cwd);
  show(made, options, io);
  return EXIT.allow;
}

async function make({ out, passphraseFile }: KeysGenerateOptions & { out: string }, io: Io): Promise<Made> {
  await refuseExisting([`${out}.key`, `${out}.pub`], io.cwd);
  const passphrase = await choosePassword(passphraseFile, io);
  const key = await generateCosignKey({ passphrase });
  return {
    fingerprint: key.public.fingerprint,
    algorithm: key.public.algorithm,
    isProtected: passphrase !== '',
    files: [
      { path: `${out}.key`, content: key.privatePem, secret: true },
      { path: `${out}.pub`, content: key.publicPem, secret: false },
    ],
  };
}

// As cosign: out of COSIGN_PASSWORD, which may be empty, or asked for, and then twice. Where it is neither, a pipeline has
// misspelt or lost it, and would get a key that anyone may use.
async function choosePassword(file: string | undefined, io: Io): Promise<string> {
  if (file !== undefined) return readPassphrase(file, io);
  const { COSIGN_PASSWORD } = io.env;
  if (COSIGN_PASSWORD !== undefined) return COSIGN_PASSWORD;
  if (io.ask === undefined) {
    throw usageError(
      'it is not said what protects the new key: COSIGN_PASSWORD is not set, and there is no terminal to ask at',
      'Set COSIGN_PASSWORD (empty: nothing protects it), or give --passphrase-file FILE.',
    );
  }
  const typed = await io.ask('Password of the new key (empty: none): ', { hidden: true });
  const again = await io.ask('The same again: ', { hidden: true });
  if (typed === undefined || typed !== again)
    throw usageError('the two passwords differ; nothing was written');
  return typed;
}

async function readVault(
  { out, vault = '', vaultKey }: KeysGenerateOptions & { out: string },
  io: Io,
): Promise<Made> {
  await refuseExisting([`${out}.pub`], io.cwd);
  const { close, ...access } = await vaultAccess({ vault, vaultKey }, io);
  try {
    const { publicPem, fingerprint, algorithm } = await vaultPublicKey(access);
    return { fingerprint, algorithm, files: [{ path: `${out}.pub`, content: publicPem, secret: false }] };
  } finally {
    await close();
  }
}

function show(
  { fingerprint, algorithm, isProtected, files }: Made,
  { out, format, vaultKey }: KeysGenerateOptions & { out: string },
  io: Io,
): void {
  const paths = (secret: boolean) => files.filter((file) => file.secret === secret).map(({ path }) => path);
  if (format === 'json') {
    const facts = { fingerprint, algorithm, ...(isProtected === undefined ? {} : { isProtected }) };
    io.stdout.write(`${toSafeJson({ ...facts, secretFiles: paths(true), publicFiles: paths(false) })}\n`);
    return;
  }
  const name = clean(out, 300);
  const secret =
    isProtected === undefined
      ? ['SECRET: stays in the vault. A secret here is only VAULT_TOKEN.']
      : [
          'SECRET, never to be shown, sent or committed:',
          `  ${name}.key   the key that signs; ${isProtected ? 'useless without its password' : 'protected by NO password: whoever reads it can sign'}`,
        ];
  const key = isProtected === undefined ? `hashivault://${clean(vaultKey ?? '', 100)}` : `${name}.key`;
  const lines = [
    `fingerprint  ${fingerprint}   (SHA-256 of the public key)`,
    `algorithm    ${algorithm}`,
    '',
    ...secret,
    'PUBLIC, for everybody:',
    `  ${name}.pub   for chartseal.yaml under "trust", for chartseal verify --cosign-key and for cosign verify --key`,
    '',
    `Sign here:   chartseal sign oci://HOST/REPOSITORY:TAG@DIGEST --cosign-key ${key}`,
    `         or  cosign sign --key ${key} HOST/REPOSITORY@DIGEST`,
    'Sign as a service, in chartseal.yaml under signing:',
    isProtected === undefined
      ? `  sigstore: { vault: { …, publicKey: ${name}.pub } }`
      : '  sigstore: { secret: COSIGN_KEY, passphrase: COSIGN_PASSWORD }',
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
