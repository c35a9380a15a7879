import type { Code } from '../../base/codes.ts';
import { ChartsealError } from '../../base/error.ts';

// What these codes and their remedies say is about charts.
const CODES: Partial<Record<Code, Code>> = {
  'chart.not_found': 'evidence.missing',
  'manifest.invalid': 'sigstore.malformed',
};

/** The error of fetching a manifest, where the manifest is not a chart's but holds its signatures. */
export function ofEvidence(error: ChartsealError): ChartsealError {
  const code = CODES[error.code];
  return code === undefined ? error : new ChartsealError(code, error.message, { cause: error });
}
