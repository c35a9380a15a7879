import { isLoopback } from './is-loopback.ts';
import { quote } from './problem.ts';

/**
 * The address of a service: scheme, host and port; https, or http to this machine itself.
 * @param options.plainHttp http to anywhere
 * @param options.path a path may stand behind it
 * @returns without a slash at the end
 */
export function checkOrigin(
  text: string,
  { plainHttp = false, path = false }: { plainHttp?: boolean; path?: boolean } = {},
): { origin: string } | { problem: string } {
  const refuse = (why: string) => ({ problem: `found ${quote(text)}; ${why}` });
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return refuse('allowed: an https URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return { problem: 'found a URL with credentials in it; write it without them' };
  }
  if (/[?#]/.test(text)) return refuse('write it without query and fragment');
  if (url.pathname !== '/' && !path) return refuse(`write it without a path: ${quote(url.origin)}`);
  if (url.protocol === 'http:' && !plainHttp && !isLoopback(url)) {
    return refuse('plain http is for 127.0.0.1 and [::1] only; write https');
  }
  return { origin: url.href.replace(/\/$/, '') };
}
