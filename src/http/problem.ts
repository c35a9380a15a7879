import type { Code } from '../base/codes.ts';
import { CODES } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/** An RFC 9457 problem document. `code` is stable, `help` says what to do now. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: Code;
  detail: string;
  help: string;
  /** The same request may succeed later. */
  retryable?: true;
  /** The request id, to find the request in the log. */
  instance: string;
}

const STATUS: Partial<Record<Code, number>> = {
  'request.invalid': 400,
  'request.too_large': 413,
  'request.not_found': 404,
  'request.method': 405,
  'request.unauthenticated': 401,
  'request.forbidden': 403,
  'request.rate_limited': 429,
  'reference.invalid': 422,
  'reference.version_mismatch': 422,
  'reference.version_invalid': 422,
  'registry.not_listed': 403,
  'registry.address_refused': 403,
  'policy.unknown': 422,
  'policy.not_covering': 422,
  'sign.tag_required': 422,
  'sign.digest_required': 422,
  'sign.digest_mismatch': 409,
  'sign.tag_moved': 409,
  'sign.unknown_key': 422,
  'sign.caller': 403,
  'sign.repository': 403,
  'sign.one_pgp': 422,
  'sign.already_signed': 409,
  'sign.replace_refused': 403,
  'sign.not_allowed': 403,
  'sign.archive': 422,
  'sign.has_referrers': 409,
  'sign.locked': 409,
  'sign.self_check': 500,
  'sign.identity_required': 422,
  // A key that was good at start: it has expired since, or its vault says no.
  'sign.key_unusable': 500,
  'sign.signer_refused': 502,
  'sign.signer_unavailable': 503,
  'sign.cosign_key_unusable': 500,
  'sign.signing_config': 500,
  'sign.identity_token': 422,
  'sign.identity_refused': 403,
  'sign.service_unavailable': 503,
  'sign.service_refused': 502,
  'sign.log_duplicate': 503,
  // What goes wrong at a registry while something is signed; a verification turns these into reports.
  'registry.unauthorized': 502,
  'registry.timeout': 504,
  'registry.unavailable': 502,
  'registry.rate_limited': 503,
  'registry.protocol': 502,
  'registry.digest_mismatch': 502,
  'registry.truncated': 502,
  'registry.too_large': 502,
  'registry.blob_missing': 502,
  'registry.redirect_refused': 502,
  'registry.token_refused': 502,
  'registry.plain_http': 502,
  'registry.upload_refused': 502,
  'registry.precondition': 409,
  'registry.tag_immutable': 409,
  'registry.cancelled': 503,
  'limit.requests': 422,
  'evidence.limit': 422,
  'manifest.invalid': 422,
  'manifest.index': 422,
  'manifest.docker_schema': 422,
  'manifest.not_a_chart': 422,
  'manifest.ambiguous': 422,
  'manifest.extra_layer': 422,
  'manifest.subject': 422,
  'audit.unavailable': 503,
  'lock.unavailable': 503,
  'oidc.unavailable': 503,
  'chart.not_found': 404,
  'chart.no_matching_version': 404,
  'chart.version_incomparable': 422,
};

/**
 * The one place where an error becomes what a client sees. What chartseal did not throw on purpose is an
 * `internal.error` without any of its words.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = error instanceof ChartsealError && STATUS[error.code] !== undefined ? error : undefined;
  const code: Code = known?.code ?? 'internal.error';
  return {
    type: `https://chartseal.dev/problems/${code}`,
    title: CODES[code].meaning,
    status: STATUS[code] ?? 500,
    code,
    detail: known ? clean(known.message, 1000) : 'the request could not be answered',
    help: known?.help ?? CODES[code].help,
    ...(known?.retryable === true ? { retryable: true as const } : {}),
    instance: `urn:chartseal:request:${requestId}`,
  };
}

/** The problem as a response; 401 and 429 carry the headers that go with them. */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem = toProblem(error, requestId);
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="chartseal"');
  const retryAfter = error instanceof ChartsealError ? error.retryAfter : undefined;
  if (problem.status === 429 || problem.retryable === true)
    headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfter ?? 1))));
  return new Response(`${JSON.stringify(problem, null, 2)}\n`, { status: problem.status, headers });
}
