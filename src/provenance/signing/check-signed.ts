import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { predictHelm } from '../predict-helm.ts';
import type { Keyring } from '../read-keyring.ts';
import { readSignedText } from '../read-signed-text.ts';
import { verifyProvenance } from '../verify-provenance.ts';

/** What a text to be signed says of one archive. */
interface NamedFile {
  fileName: string;
  /** `sha256:…` */
  digest: string;
}

/**
 * The archive that a text names; only texts of provenance files are signed.
 * @throws ChartsealError sign.self_check
 */
export function readNamedFile(text: string): NamedFile {
  const { files, problems } = readSignedText(text);
  const [first] = Object.entries(files ?? {});
  if (problems[0] !== undefined || first === undefined) {
    const why = problems[0]?.message ?? 'it names no file';
    throw failed(`the text to sign is not one of a provenance: ${clean(why)}`);
  }
  return { fileName: first[0], digest: first[1] };
}

/**
 * Reads a provenance that was just made as anybody would, with the public key alone, and asks whether each Helm that
 * matters will accept it.
 * @throws ChartsealError sign.self_check
 */
export async function checkSigned(
  provenance: string,
  named: NamedFile,
  keyring: Keyring,
  at: number,
  helm: 'every' | 'current',
): Promise<void> {
  const bytes = new TextEncoder().encode(provenance);
  const trust = { scheme: 'pgp' as const, name: 'self', keyring, expiry: 'now' as const, unsafeAllow: [] };
  const result = await verifyProvenance({
    bytes,
    source: { kind: 'file', digest: null },
    trusts: [trust],
    archiveDigest: named.digest,
    asked: { fileNames: [named.fileName] },
    unsafeAllow: [],
    blockedSigners: [],
    now: at,
  });
  const [outcome] = result.outcomes;
  if (outcome?.state !== 'held') {
    throw failed(`the signature just made does not hold: ${outcome?.reasons[0]?.message ?? 'no outcome'}`);
  }
  const clients = await predictHelm({
    source: { kind: 'file', fileName: named.fileName },
    provenance: bytes,
    keyrings: [keyring],
    archiveDigest: named.digest,
    now: at,
  });
  for (const { versions, outcome: verdict, message } of clients) {
    if (verdict === 'accept' || (helm === 'current' && versions.startsWith('<='))) continue;
    throw failed(`Helm ${versions} will refuse the signature just made: ${message}`);
  }
}

function failed(why: string): ChartsealError {
  return new ChartsealError('sign.self_check', why);
}
