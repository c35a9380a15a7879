import { clean } from '../base/text.ts';

/** The words of an error, on one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return clean(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read';
  if (code === 'EISDIR') return 'it is a directory';
  return clean(error.message, 600);
}
