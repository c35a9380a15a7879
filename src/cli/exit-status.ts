import { ChartsealError } from '../base/error.ts';
import type { Report } from '../report/index.ts';

/** Exit status of every command; part of the contract. */
export const EXIT = { allow: 0, deny: 1, usage: 2, inconclusive: 3 } as const;

/** The status for a report: a verdict that is not enforced lets the chart pass. */
export function exitStatusOfReport(report: Report): number {
  return report.enforced ? EXIT[report.verdict] : EXIT.allow;
}

/**
 * The status for an error. A chart that does not exist is a deny, and so are a range that clients may read otherwise and
 * a trusted root that was tampered with; what the registry, the service or chartseal itself failed at says nothing about
 * the chart and so is inconclusive; the rest the user can correct.
 */
export function exitStatusOfError(error: unknown): number {
  if (!(error instanceof ChartsealError)) return EXIT.inconclusive;
  const { code } = error;
  if (code === 'chart.not_found' || code === 'chart.no_matching_version') return EXIT.deny;
  if (code === 'chart.version_incomparable') return EXIT.deny;
  if (code === 'registry.not_listed' || code === 'registry.plain_http') return EXIT.usage;
  if (/^tuf\./.test(code) && code !== 'tuf.store_unavailable' && !error.retryable) return EXIT.deny;
  const elsewhere = /^(registry|limit|evidence|manifest|server|internal)\./.test(code);
  return error.retryable || elsewhere || code === 'request.rate_limited' ? EXIT.inconclusive : EXIT.usage;
}

// The user, or whoever keeps the configuration of the service, can correct these; the chart was not looked at.
const KEY_TROUBLE = new Set<string>([
  'sign.key_unusable',
  'sign.cosign_key_unusable',
  'sign.unknown_key',
  'sign.one_pgp',
  'sign.signer_refused',
  'sign.service_refused',
  'sign.signing_config',
  'sign.identity_required',
  'sign.identity_token',
  'sign.identity_refused',
]);

/**
 * The status for an error of `sign`: what was looked at and refused is 1, also a manifest that is none to be signed and
 * a tag that the registry does not let move. What a registry or signer failed at is 3, the rest 2.
 */
export function exitStatusOfSigning(error: unknown): number {
  if (!(error instanceof ChartsealError)) return EXIT.inconclusive;
  const { code, retryable } = error;
  if (retryable) return EXIT.inconclusive;
  if (KEY_TROUBLE.has(code)) return EXIT.usage;
  const refused = /^(sign|archive|manifest)\./.test(code) || code === 'registry.tag_immutable';
  return refused ? EXIT.deny : exitStatusOfError(error);
}
