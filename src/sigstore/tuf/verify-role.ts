import { ChartsealError } from '../../base/error.ts';
import type { ParsedMetadata } from './parse-metadata.ts';

/**
 * Holds metadata against the keys and the threshold that a TUF root names for its role (TUF specification 1.0, 5.3.4,
 * 5.4.2, 5.5.3, 5.6.3).
 * @throws ChartsealError `tuf.unsigned`
 */
export function verifyRole(root: ParsedMetadata<'root'>, parsed: ParsedMetadata): void {
  try {
    root.metadata.verifyDelegate(parsed.role, parsed.metadata);
  } catch (cause) {
    throw new ChartsealError(
      'tuf.unsigned',
      `TUF ${parsed.role} metadata, version ${parsed.version}: version ${root.version} of the TUF root does not accept its signatures`,
      { cause },
    );
  }
}
