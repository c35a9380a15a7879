import type { Credentials } from './options.ts';

/** `Authorization: Basic` for the credentials (RFC 7617, UTF-8). An identity token goes as Docker's user `<token>`. */
export function basicHeader(credentials: Credentials): string {
  const pair =
    credentials.kind === 'basic'
      ? `${credentials.username}:${credentials.password}`
      : `<token>:${credentials.token}`;
  let binary = '';
  for (const byte of new TextEncoder().encode(pair)) binary += String.fromCharCode(byte);
  return `Basic ${btoa(binary)}`;
}
