import { ChartsealError } from '../base/error.ts';
import { type Policy, policyRevision } from '../policy/index.ts';
import type { Config } from './config.ts';
import { emptyConfig } from './empty-config.ts';
import type { SigstoreFiles, SigstoreTrustText } from './load-sigstore-trust.ts';
import { type LoadedTrust, loadTrust, type UnusableTrust } from './load-trust.ts';

/** What `chartseal verify --keyring` and the flags for sigstore have to go by. */
interface KeyringPolicyOptions {
  /** The keyring files, with the names by which the user knows them. */
  files: readonly { name: string; bytes: Uint8Array }[];
  /** Signers of sigstore, of which one is enough as well. */
  sigstore?: { signers: readonly SigstoreTrustText[]; files: SigstoreFiles };
  depth?: Policy['depth'];
  expiry?: 'at-signing' | 'now';
}

/**
 * A configuration made of keyrings and signers of sigstore alone: one policy named `keyring` that covers everything and
 * requires a signature by any of them. No registry is listed; the caller adds the host of the reference.
 *
 * The trust names are `keyring:` and the name of the file. No name in chartseal.yaml can have a colon, so a report may
 * speak of trust entries of both.
 * @throws ChartsealError `keyring.invalid` or `keyring.empty` if a file cannot be used (the message names it) or none is
 *   given
 */
export async function policyFromKeyrings(options: KeyringPolicyOptions): Promise<Config> {
  const loaded = new Map<string, LoadedTrust>();
  for (const file of options.files) {
    const name = `keyring:${file.name}`;
    if (loaded.has(name)) continue;
    const result = await loadTrust(name, { pgp: file.name, expiry: options.expiry }, file.bytes);
    if ('problem' in result) throw asError(result);
    loaded.set(name, result);
  }
  for (const [name, entry] of await loadSigners(options.sigstore)) loaded.set(name, entry);
  if (loaded.size === 0) throw new ChartsealError('keyring.invalid', 'no keyring was given');

  const policy: Omit<Policy, 'revision'> = {
    name: 'keyring',
    match: ['**'],
    require: { anyOf: [...loaded.keys()].map((name) => ({ name })) },
    depth: options.depth ?? 'signature',
    mode: 'enforce',
    unsafeAllow: [],
  };
  const trust = new Map([...loaded].map(([name, entry]) => [name, entry.facts]));
  const config = emptyConfig();
  return {
    ...config,
    trust: new Map([...loaded].map(([name, entry]) => [name, entry.trust])),
    policies: [{ ...policy, revision: await policyRevision({ policy, trust, blocked: config.blocked }) }],
  };
}

// Names with a colon, as those of keyrings; a second signer of the same name gets a number.
async function loadSigners(sigstore: KeyringPolicyOptions['sigstore']): Promise<Map<string, LoadedTrust>> {
  const loaded = new Map<string, LoadedTrust>();
  if (sigstore === undefined || sigstore.signers.length === 0) return loaded;
  const { loadSigstoreTrust } = await import('./load-sigstore-trust.ts');
  for (const signer of sigstore.signers) {
    const wanted = signer.key === undefined ? `identity:${signer.subject}` : `cosign-key:${signer.key}`;
    const name = loaded.has(wanted) ? `${wanted}#${loaded.size + 1}` : wanted;
    const result = await loadSigstoreTrust(name, signer, sigstore.files);
    if ('problems' in result) {
      const [problem] = result.problems;
      throw asSignerError(name, problem?.message ?? '', problem?.cause);
    }
    loaded.set(name, result);
  }
  return loaded;
}

// What is wrong with the file itself has its own remedy; a file that is not there needs no more words around it.
function asSignerError(name: string, problem: string, cause: unknown): ChartsealError {
  if (!(cause instanceof ChartsealError)) {
    return new ChartsealError('sigstore.signer_invalid', `${name}: ${problem}`, { cause });
  }
  if (cause.code === 'file.unreadable') return cause;
  return new ChartsealError('sigstore.signer_invalid', `${name}: ${problem}`, { help: cause.help, cause });
}

// The help of a keyring error is its own field here and not a part of the sentence.
function asError({ problem, cause }: UnusableTrust): ChartsealError {
  if (!(cause instanceof ChartsealError)) return new ChartsealError('keyring.invalid', problem, { cause });
  return new ChartsealError(cause.code, problem, { help: cause.help, cause });
}
