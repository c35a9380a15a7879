import { ChartsealError } from '../base/error.ts';
import type { CheckContext } from './check-context.ts';
import { type LoadedTrust, loadTrust, wordsOf } from './load-trust.ts';
import { mapOf } from './plain.ts';
import { quote } from './problem.ts';
import { trustSchema } from './schema.ts';

/** The trust entries that can be used, and all names that are written, so that a broken entry is reported once. */
export interface CheckedTrust {
  names: Set<string>;
  loaded: Map<string, LoadedTrust>;
}

/** Reads the key files of `trust`, each once, and parses their keyrings. */
export async function checkTrust(raw: unknown, context: CheckContext): Promise<CheckedTrust> {
  const loaded = new Map<string, LoadedTrust>();
  const files = new Map<string, Promise<Uint8Array>>();
  const entries = Object.entries(mapOf(raw));
  for (const [name, entry] of entries) {
    const path = ['trust', name, 'pgp'];
    const text = trustSchema.safeParse(entry);
    if (!text.success) continue;
    const file = text.data.pgp;
    let bytes: Uint8Array;
    try {
      let reading = files.get(file);
      if (reading === undefined) {
        reading = context.readFile(file);
        files.set(file, reading);
      }
      bytes = await reading;
    } catch (error) {
      context.report(path, `cannot read the file ${quote(file)}: ${wordsOf(error)}`);
      continue;
    }
    const result = await loadTrust(name, text.data, bytes);
    if ('problem' in result) context.report(path, `${result.problem}${remedy(result.cause)}`);
    else loaded.set(name, result);
  }
  return { names: new Set(entries.map(([name]) => name)), loaded };
}

function remedy(cause: unknown): string {
  return cause instanceof ChartsealError ? `; ${cause.help}` : '';
}
