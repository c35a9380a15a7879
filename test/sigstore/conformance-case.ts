import { ChartsealError } from '../../src/base/error.ts';
import {
  readSigstoreKey,
  readTrustedRoot,
  type SigstoreTrust,
  verifyBundle,
} from '../../src/sigstore/index.ts';

/** A case of the conformance suite, its files as base64, so that it can be sent to a Worker. */
export interface ConformanceCase {
  bundle: string;
  artifact: string;
  /** `sha256:…` of the artifact. */
  digest: string;
  trustedRoot: string;
  key?: string;
  identity: string;
  issuer: string;
}

/** What is said of it: `held`, or the codes of the reasons; with the artifact's bytes, and with its digest alone. */
export interface ConformanceVerdict {
  bytes: string;
  digest: string;
}

/** Judges a case, in whichever runtime this is loaded. */
export async function judgeConformanceCase(given: ConformanceCase): Promise<ConformanceVerdict> {
  try {
    const trust = await trustOf(given);
    const verdictOf = async (artifact: Parameters<typeof verifyBundle>[0]['artifact']) => {
      const { outcomes } = await verifyBundle({
        bundle: decode(given.bundle),
        artifact,
        source: { kind: 'file', digest: null },
        trusts: [trust],
        blockedSigners: [],
        blockedIdentities: [],
      });
      const { state, reasons } = outcomes[0]!;
      return state === 'held' ? state : reasons.map(({ code }) => code).join(' ');
    };
    return {
      bytes: await verdictOf({ bytes: decode(given.artifact) }),
      digest: await verdictOf({ digest: given.digest }),
    };
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    return { bytes: error.code, digest: error.code };
  }
}

async function trustOf({
  key,
  trustedRoot,
  identity,
  issuer,
  bundle,
}: ConformanceCase): Promise<SigstoreTrust> {
  return {
    scheme: 'sigstore',
    name: 'conformance',
    identity:
      key === undefined
        ? { kind: 'keyless', issuer, subjects: [identity], extensions: new Map() }
        : { kind: 'key', key: await readSigstoreKey(decode(key)) },
    // The suite asks for no predicate type.
    predicateTypes: [predicateTypeOf(decode(bundle))],
    annotations: new Map(),
    transparencyLog: 'required',
    certificateTransparency: 'required',
    root: await readTrustedRoot(decode(trustedRoot)),
  };
}

function predicateTypeOf(bundle: Uint8Array): string {
  try {
    const { dsseEnvelope } = JSON.parse(new TextDecoder().decode(bundle));
    return JSON.parse(new TextDecoder().decode(decode(dsseEnvelope.payload))).predicateType;
  } catch {
    return 'none';
  }
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
