import type { TrustedRoot } from '../sigstore/index.ts';
import type { CheckContext } from './check-context.ts';
import { PUBLIC_GOOD } from './public-good.ts';

/** The files that a configuration names, and trusted roots out of them. All throw for what cannot be read or used. */
export interface ConfigFiles {
  readFile: (path: string) => Promise<Uint8Array>;
  /** The bytes of a trusted root. @param name `public-good`, or a path */
  readRootFile: (name: string) => Promise<Uint8Array>;
  /** @param name as above */
  readRoot: (name: string) => Promise<TrustedRoot>;
}

/** Each file is read once and each trusted root parsed once, however many entries name it. */
export function createConfigFiles({ readFile, publicGood }: CheckContext): ConfigFiles {
  const once = <T>(work: (path: string) => Promise<T>) => {
    const known = new Map<string, Promise<T>>();
    return (path: string): Promise<T> => {
      const reading = known.get(path) ?? work(path);
      known.set(path, reading);
      return reading;
    };
  };
  const read = once(readFile);
  const readRootFile = (name: string) => (name === PUBLIC_GOOD ? publicGood() : read(name));
  return {
    readFile: read,
    readRootFile,
    readRoot: once(async (name) => {
      const { readTrustedRoot } = await import('../sigstore/index.ts');
      return readTrustedRoot(await readRootFile(name));
    }),
  };
}
