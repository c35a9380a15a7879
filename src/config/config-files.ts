import type { TrustedRoot } from '../sigstore/index.ts';
import type { CheckContext } from './check-context.ts';

/** The files that a configuration names, and trusted roots out of them. Both throw for what cannot be read or used. */
export interface ConfigFiles {
  readFile: (path: string) => Promise<Uint8Array>;
  /** @param name `public-good`, or a path */
  readRoot: (name: string) => Promise<TrustedRoot>;
}

/** Each file is read once and each trusted root parsed once, however many entries name it. */
export function createConfigFiles({ readFile }: CheckContext): ConfigFiles {
  const once = <T>(work: (path: string) => Promise<T>) => {
    const known = new Map<string, Promise<T>>();
    return (path: string): Promise<T> => {
      const reading = known.get(path) ?? work(path);
      known.set(path, reading);
      return reading;
    };
  };
  const read = once(readFile);
  return {
    readFile: read,
    readRoot: once(async (name) => {
      const bytes = await read(name);
      return (await import('../sigstore/index.ts')).readTrustedRoot(bytes);
    }),
  };
}
