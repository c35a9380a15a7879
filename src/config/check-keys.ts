import { ChartsealError } from '../base/error.ts';
import { type Keyring, readKeyring } from '../provenance/index.ts';
import type { SigstoreKey } from '../sigstore/index.ts';
import type { CheckContext } from './check-context.ts';
import { checkOrigin } from './check-origin.ts';
import type { Config, RetiredKeys } from './config.ts';
import { listOf, mapOf } from './plain.ts';
import { quote } from './problem.ts';
import { keysSchema } from './schema.ts';
import { wordsOf } from './words-of.ts';

/** Checks `keys` beyond its shape and reads the files it names. */
export async function checkKeys(raw: unknown, context: CheckContext): Promise<Config['keys']> {
  const fields = mapOf(raw);
  const retired: RetiredKeys[] = [];
  for (const [index, file] of listOf(fields.retired).entries()) {
    if (typeof file !== 'string' || file === '') continue;
    const path = ['keys', 'retired', index];
    let bytes: Uint8Array;
    try {
      bytes = await context.readFile(file);
    } catch (error) {
      context.report(path, `cannot read the file ${quote(file)}: ${wordsOf(error)}`);
      continue;
    }
    try {
      retired.push({ file, ...(await readKeys(bytes)) });
    } catch (error) {
      const help = error instanceof ChartsealError ? `; ${error.help}` : '';
      context.report(path, `cannot use the file ${quote(file)}: ${wordsOf(error)}${help}`);
    }
  }
  const text = keysSchema.safeParse(raw ?? {}).data?.publicUrl;
  if (text === undefined) return { retired };
  const checked = checkOrigin(text, { plainHttp: true });
  if ('problem' in checked) {
    context.report(['keys', 'publicUrl'], checked.problem);
    return { retired };
  }
  return { retired, publicUrl: checked.origin };
}

const SIGSTORE = /^\s*-----BEGIN PUBLIC KEY-----/;

async function readKeys(bytes: Uint8Array): Promise<{ keyring: Keyring } | { key: SigstoreKey }> {
  if (!SIGSTORE.test(new TextDecoder().decode(bytes.subarray(0, 200)))) {
    return { keyring: await readKeyring(bytes) };
  }
  const { readSigstoreKey } = await import('../sigstore/index.ts');
  return { key: await readSigstoreKey(bytes) };
}
