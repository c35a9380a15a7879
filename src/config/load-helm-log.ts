import type { HelmLogTrust, TrustedRoot } from '../sigstore/index.ts';
import { checkOrigin } from './check-origin.ts';
import { quote } from './problem.ts';
import { PUBLIC_GOOD } from './public-good.ts';
import { wordsOf } from './words-of.ts';

/** The `transparencyLog` of a PGP trust entry as it is written. */
export interface HelmLogText {
  rekor?: string | undefined;
  root?: string | undefined;
  require?: boolean | undefined;
}

/** What a policy's revision depends on of it. */
interface HelmLogFacts {
  rekor: string;
  root: string;
  require: boolean;
  [key: string]: string | boolean;
}

/** A usable entry, or what is wrong with which field. */
export type LoadedHelmLog =
  | { log: HelmLogTrust; facts: HelmLogFacts }
  | { problems: { field: keyof HelmLogText; message: string }[] };

const PUBLIC_GOOD_REKOR = 'https://rekor.sigstore.dev';

/**
 * Checks the log of a PGP trust entry beyond its shape and reads its trusted root.
 * @param readRoot throws for what cannot be read or used; `public-good` or a path
 */
export async function loadHelmLog(
  text: HelmLogText,
  readRoot: (name: string) => Promise<TrustedRoot>,
): Promise<LoadedHelmLog> {
  const rekor = checkOrigin(text.rekor ?? PUBLIC_GOOD_REKOR);
  const name = text.root ?? PUBLIC_GOOD;
  let root: TrustedRoot | undefined;
  let problem = '';
  try {
    root = await readRoot(name);
  } catch (error) {
    problem = `cannot use the file ${quote(name)}: ${wordsOf(error)}`;
  }
  if (root !== undefined && root.material.tlogs.length === 0) {
    problem = `the file ${quote(name)} names no transparency log`;
  }
  if ('problem' in rekor || root === undefined || problem !== '') {
    return {
      problems: [
        ...('problem' in rekor ? [{ field: 'rekor' as const, message: rekor.problem }] : []),
        ...(problem === '' ? [] : [{ field: 'root' as const, message: problem }]),
      ],
    };
  }
  const require = text.require ?? false;
  return {
    log: { rekor: rekor.origin, root, require },
    facts: { rekor: rekor.origin, root: root.digest, require },
  };
}
