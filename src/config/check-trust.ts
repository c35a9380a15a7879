import { ChartsealError } from '../base/error.ts';
import type { CheckContext } from './check-context.ts';
import type { ConfigFiles } from './config-files.ts';
import { type HelmLogText, type LoadedHelmLog, loadHelmLog } from './load-helm-log.ts';
import type { SigstoreTrustText } from './load-sigstore-trust.ts';
import { type LoadedTrust, loadTrust } from './load-trust.ts';
import { mapOf } from './plain.ts';
import { quote } from './problem.ts';
import { trustSchema } from './schema.ts';
import { wordsOf } from './words-of.ts';

/** The trust entries that can be used, and all names that are written, so that a broken entry is reported once. */
export interface CheckedTrust {
  names: Set<string>;
  loaded: Map<string, LoadedTrust>;
}

const PGP_ONLY = ['fingerprints', 'expiry', 'unsafeAllow'] as const;
const INSIDE = 'this one goes with pgp only; that of sigstore stands inside of "sigstore"';

/** Reads the files of `trust` and parses keyrings, keys and trusted roots. */
export async function checkTrust(
  raw: unknown,
  files: ConfigFiles,
  context: CheckContext,
): Promise<CheckedTrust> {
  const loaded = new Map<string, LoadedTrust>();
  const entries = Object.entries(mapOf(raw));
  for (const [name, entry] of entries) {
    const text = trustSchema.safeParse(entry);
    if (!text.success) continue;
    const { pgp, sigstore } = text.data;
    if ((pgp === undefined) === (sigstore === undefined)) {
      const found = Object.keys(mapOf(entry)).join(' and ') || 'an empty map';
      context.report(['trust', name], `found ${found}; allowed: pgp, or sigstore`);
    } else if (pgp !== undefined) {
      const result = await checkPgp(name, { ...text.data, pgp }, files, context);
      if (result !== undefined) loaded.set(name, result);
    } else if (sigstore !== undefined) {
      const stray = PGP_ONLY.filter((field) => text.data[field] !== undefined);
      for (const field of stray) context.report(['trust', name, field], 'goes with pgp only; remove it');
      const isOutside = text.data.transparencyLog !== undefined;
      if (isOutside) context.report(['trust', name, 'transparencyLog'], INSIDE);
      const result = await checkSigstore(name, sigstore, files, context);
      if (result !== undefined && stray.length === 0 && !isOutside) loaded.set(name, result);
    }
  }
  return { names: new Set(entries.map(([name]) => name)), loaded };
}

async function checkPgp(
  name: string,
  text: Parameters<typeof loadTrust>[1] & { transparencyLog?: HelmLogText | undefined },
  files: ConfigFiles,
  context: CheckContext,
): Promise<LoadedTrust | undefined> {
  const path = ['trust', name, 'pgp'];
  const logged = await checkLog(name, text.transparencyLog, files, context);
  let bytes: Uint8Array;
  try {
    bytes = await files.readFile(text.pgp);
  } catch (error) {
    context.report(path, `cannot read the file ${quote(text.pgp)}: ${wordsOf(error)}`);
    return undefined;
  }
  const result = await loadTrust(name, text, bytes);
  if ('problem' in result) {
    context.report(path, `${result.problem}${remedy(result.cause)}`);
    return undefined;
  }
  if (logged === undefined) return result;
  if ('problems' in logged) return undefined;
  return {
    trust: { ...result.trust, log: logged.log },
    facts: { ...result.facts, transparencyLog: logged.facts },
  };
}

async function checkLog(
  name: string,
  text: HelmLogText | undefined,
  files: ConfigFiles,
  context: CheckContext,
): Promise<LoadedHelmLog | undefined> {
  if (text === undefined) return undefined;
  const loaded = await loadHelmLog(text, files.readRoot);
  if ('problems' in loaded) {
    for (const { field, message } of loaded.problems)
      context.report(['trust', name, 'transparencyLog', field], message);
  }
  return loaded;
}

async function checkSigstore(
  name: string,
  text: SigstoreTrustText,
  files: ConfigFiles,
  context: CheckContext,
): Promise<LoadedTrust | undefined> {
  // Loaded where somebody is trusted by it: the libraries of sigstore take long to load.
  const { loadSigstoreTrust } = await import('./load-sigstore-trust.ts');
  const result = await loadSigstoreTrust(name, text, files);
  if (!('problems' in result)) return result;
  for (const { field, message } of result.problems) {
    context.report(['trust', name, 'sigstore', ...(field === undefined ? [] : [field])], message);
  }
  return undefined;
}

function remedy(cause: unknown): string {
  return cause instanceof ChartsealError ? `; ${cause.help}` : '';
}
