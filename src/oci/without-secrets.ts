import { basicHeader } from './basic-header.ts';
import type { Credentials } from './options.ts';
import type { Work } from './work.ts';

/** Shorter ones would take ordinary words out of messages, and protect nothing. */
const MIN_SECRET = 6;

/**
 * A registry's own words without what it may have been sent: some repeat the header they refuse. Meant for registries
 * that are careless; one that is hostile has the secret anyway.
 */
export function withoutSecrets(work: Work, credentials: Credentials | undefined, words: string): string {
  const secrets = [...work.memory.tokens.values()].map((token) => token.value);
  if (credentials !== undefined) {
    secrets.push(basicHeader(credentials).slice('Basic '.length));
    secrets.push(credentials.kind === 'basic' ? credentials.password : credentials.token);
  }
  return secrets
    .filter((secret) => secret.length >= MIN_SECRET)
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), words);
}
