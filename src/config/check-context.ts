import type { ConfigProblem, Path } from './problem.ts';
import type { ReadRefreshed } from './public-good.ts';
import type { ReadSigner, ReadSigstoreSigner } from './read-signer.ts';

/** What the checks of the parts share: the outside world, and where to tell what is wrong. */
export interface CheckContext {
  readFile: (path: string) => Promise<Uint8Array>;
  /** undefined: secrets are neither read nor needed. */
  secret: ((name: string) => string | undefined) | undefined;
  /** undefined: nothing can sign here. */
  readSigner: ReadSigner | undefined;
  readSigstoreSigner: ReadSigstoreSigner | undefined;
  /** undefined: nothing is kept here of a refresh. */
  readRefreshed: ReadRefreshed | undefined;
  /** The bytes of the trusted root that `root: public-good` stands for, read once. */
  publicGood: () => Promise<Uint8Array>;
  use: 'serve' | 'verify';
  runtime: 'node' | 'edge';
  report: (path: Path, message: string, code?: ConfigProblem['code']) => void;
}
