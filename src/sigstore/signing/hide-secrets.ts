/** So many characters in a row of a secret are taken for a part of it; shorter secrets are hidden where they stand whole. */
const WINDOW = 12;

/**
 * Text of a service without what it was sent: some repeat the token that they refuse, whole or in part. Meant for services
 * that are careless; one that is hostile has the secret anyway.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const whole = secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  const windows = new Set<string>();
  for (const secret of secrets) {
    for (let at = 0; at + WINDOW <= secret.length; at++) windows.add(secret.slice(at, at + WINDOW));
  }
  let shown = '';
  let at = 0;
  while (at < whole.length) {
    let end = at;
    while (windows.has(whole.slice(end, end + WINDOW))) end++;
    if (end > at) {
      shown += HIDDEN;
      at = end + WINDOW - 1;
    } else {
      shown += whole[at];
      at++;
    }
  }
  return shown;
}

const HIDDEN = '[secret]';
