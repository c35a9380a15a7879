import type { CheckContext } from './check-context.ts';
import { type Path, quote } from './problem.ts';
import { wordsOf } from './words-of.ts';

/** The bytes of a file that a field names; undefined if it cannot be read, which is reported. */
export async function fileAt(
  file: string,
  path: Path,
  { report }: CheckContext,
  readFile: CheckContext['readFile'],
): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    report(path, `cannot read the file ${quote(file)}: ${wordsOf(error)}`);
    return undefined;
  }
}
