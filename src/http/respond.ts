import type { Format, ListItem, Report, Verdict } from '../report/index.ts';

/** What `?status=verdict` makes of a verdict that is enforced. */
const STATUS: Record<Verdict, number> = { allow: 200, deny: 403, inconclusive: 503 };

/**
 * A report as a response.
 * @param statusFromVerdict answer 200, 403 or 503 instead of 200 for every verdict
 */
export function reportResponse(report: Report, format: Format, statusFromVerdict: boolean): Response {
  const headers = new Headers({
    'content-type': format.contentType,
    'cache-control': 'no-store',
    'chartseal-verdict': report.verdict,
  });
  if (report.subject.digest !== null) headers.set('chartseal-digest', report.subject.digest);
  const status = statusFromVerdict && report.enforced ? STATUS[report.verdict] : 200;
  if (report.retryable) headers.set('retry-after', String(Math.max(1, Math.ceil(report.retryAfter ?? 5))));
  return new Response(format.render(report), { status, headers });
}

/**
 * The answers to several references, in the order asked. With `statusFromVerdict`: 403 when one is denied or cannot
 * be judged at all, else 503 when one is inconclusive, else 200.
 */
export function listResponse(items: ListItem[], format: Format, statusFromVerdict: boolean): Response {
  const headers = new Headers({ 'content-type': format.contentType, 'cache-control': 'no-store' });
  const statuses = items.map((item) => {
    if ('problem' in item) return 403;
    return item.report.enforced ? STATUS[item.report.verdict] : 200;
  });
  const status = statuses.includes(403) ? 403 : statuses.includes(503) ? 503 : 200;
  return new Response(format.renderList(items), { status: statusFromVerdict ? status : 200, headers });
}
