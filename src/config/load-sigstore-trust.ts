import { canonicalJson, type Json } from '../base/canonical-json.ts';
import type { TrustFacts } from '../policy/index.ts';
import {
  COSIGN_SIGN,
  EXTENSION_NAMES,
  readSigstoreKey,
  type SigstoreIdentity,
  type SigstoreTrust,
  type TrustedRoot,
} from '../sigstore/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { quote } from './problem.ts';
import { PUBLIC_GOOD } from './public-good.ts';
import { wordsOf } from './words-of.ts';

/** The `sigstore` of a trust entry as it is written. */
export interface SigstoreTrustText {
  key?: string | undefined;
  issuer?: string | undefined;
  subject?: string | undefined;
  extensions?: Record<string, string> | undefined;
  predicateTypes?: string[] | undefined;
  annotations?: Record<string, string> | undefined;
  root?: string | undefined;
  transparencyLog?: 'required' | 'optional' | undefined;
  certificateTransparency?: 'required' | 'optional' | undefined;
}

/** What a sigstore trust entry needs from outside; both throw for what cannot be read or used. */
export interface SigstoreFiles {
  readFile: (path: string) => Promise<Uint8Array>;
  /** @param name `public-good` or a path */
  readRoot: (name: string) => Promise<TrustedRoot>;
}

/** A usable entry, or what is wrong with which field. */
type LoadedSigstoreTrust =
  | { trust: SigstoreTrust; facts: TrustFacts }
  | { problems: { field?: keyof SigstoreTrustText | 'extensions'; message: string; cause?: unknown }[] };

const KEYLESS_ONLY = ['issuer', 'subject', 'extensions', 'certificateTransparency'] as const;

/**
 * Checks a sigstore trust entry beyond its shape and parses its key and trusted root.
 * @param name of the trust entry
 */
export async function loadSigstoreTrust(
  name: string,
  text: SigstoreTrustText,
  files: SigstoreFiles,
): Promise<LoadedSigstoreTrust> {
  const problems = checkFields(text);
  if (problems.length > 0) return { problems };
  const transparencyLog = text.transparencyLog ?? 'required';
  const needsRoot = text.key === undefined || transparencyLog === 'required' || text.root !== undefined;
  const identity = await attempt('key', text.key, () => readIdentity(text, files));
  const root = needsRoot
    ? await attempt('root', text.root ?? PUBLIC_GOOD, () => files.readRoot(text.root ?? PUBLIC_GOOD))
    : { value: undefined };
  if ('message' in identity || 'message' in root) {
    return { problems: [identity, root].flatMap((one) => ('message' in one ? [one] : [])) };
  }
  const trust: SigstoreTrust = {
    scheme: 'sigstore',
    name,
    identity: identity.value,
    predicateTypes: [...new Set(text.predicateTypes ?? [COSIGN_SIGN])],
    annotations: new Map(Object.entries(text.annotations ?? {})),
    transparencyLog,
    certificateTransparency: text.certificateTransparency ?? 'required',
    root: root.value,
  };
  return { trust, facts: factsOf(trust) };
}

function checkFields(text: SigstoreTrustText): { field?: keyof SigstoreTrustText; message: string }[] {
  if (text.key === undefined && (text.issuer === undefined || text.subject === undefined)) {
    const found = Object.keys(text).join(' and ') || 'an empty map';
    return [{ message: `found ${found}; allowed: key, or issuer and subject` }];
  }
  if (text.key !== undefined) {
    return KEYLESS_ONLY.filter((field) => text[field] !== undefined).map((field) => ({
      field,
      message: 'goes with issuer and subject (keyless) and not with key; remove one of them',
    }));
  }
  return Object.keys(text.extensions ?? {}).flatMap((extension) => {
    if (EXTENSION_NAMES.includes(extension)) return [];
    const meant = didYouMean(extension, EXTENSION_NAMES);
    const hint =
      meant === undefined ? `allowed: ${EXTENSION_NAMES.join(', ')}` : `did you mean ${quote(meant)}?`;
    return [
      {
        field: 'extensions' as const,
        message: `${quote(extension)} is no certificate extension of Fulcio; ${hint}`,
      },
    ];
  });
}

async function readIdentity(text: SigstoreTrustText, files: SigstoreFiles): Promise<SigstoreIdentity> {
  if (text.key !== undefined) {
    return { kind: 'key', key: await readSigstoreKey(await files.readFile(text.key)) };
  }
  return {
    kind: 'keyless',
    issuer: text.issuer ?? '',
    subjects: [text.subject ?? ''],
    extensions: new Map(Object.entries(text.extensions ?? {})),
  };
}

async function attempt<T>(
  field: 'key' | 'root',
  file: string | undefined,
  work: () => Promise<T>,
): Promise<{ value: T } | { field: 'key' | 'root'; message: string; cause: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { field, message: `cannot use the file ${quote(file ?? '')}: ${wordsOf(error)}`, cause: error };
  }
}

function factsOf(trust: SigstoreTrust): TrustFacts {
  const { identity } = trust;
  const who: { [key: string]: Json } =
    identity.kind === 'key'
      ? { key: identity.key.fingerprint }
      : {
          issuer: identity.issuer,
          subjects: [...identity.subjects].sort(),
          extensions: canonicalJson(Object.fromEntries(identity.extensions)),
        };
  return {
    scheme: 'sigstore',
    ...who,
    predicateTypes: [...trust.predicateTypes].sort(),
    annotations: canonicalJson(Object.fromEntries(trust.annotations)),
    transparencyLog: trust.transparencyLog,
    certificateTransparency: trust.certificateTransparency,
    root: trust.root?.digest ?? null,
  };
}
