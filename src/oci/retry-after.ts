/**
 * Retry-After in seconds from now, whether written as seconds or as a date (RFC 9110 §10.2.3).
 * @param now milliseconds since the epoch
 * @returns undefined when absent or unreadable
 */
export function retryAfterSeconds(response: Response, now: number): number | undefined {
  const text = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
