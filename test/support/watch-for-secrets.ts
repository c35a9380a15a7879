import { readPrivateKey } from 'openpgp';
import { afterAll, expect } from 'vitest';
import { fixture } from './fixtures.ts';
import { secretsOf } from './secret-forms.ts';
import type { TestService } from './service.ts';
// Before the hook below: hooks run last in, first out, and the log lies in workerd until that is stopped.
import './workerd-service.ts';

// Every answer and every log line of every service that a suite starts is held against the secret half of the fixtures'
// signing key, whatever the suite itself is about.

const watched: TestService[] = [];
const leaks: string[] = [];
let secrets: Promise<string[]> | undefined;

afterAll(async () => {
  for (const service of watched.splice(0)) await look(...(await service.logs()));
  expect(leaks).toEqual([]);
});

async function look(...texts: string[]): Promise<void> {
  secrets ??= readSecrets();
  for (const secret of await secrets) {
    const text = texts.find((one) => one.includes(secret));
    if (text !== undefined) leaks.push(`${secret.slice(0, 12)}… in ${text.slice(0, 200)}`);
  }
}

async function readSecrets(): Promise<string[]> {
  const key = await readPrivateKey({ binaryKey: await fixture('keys/release.secret.gpg') });
  return [...secretsOf(key).filter((secret) => secret.length >= 16), 'PRIVATE KEY BLOCK'];
}

/** The same service; what it says is looked at as it comes. */
export function watchForSecrets(service: TestService): TestService {
  const same: TestService = {
    ...service,
    async fetch(path, init) {
      const response = await service.fetch(path, init);
      const bytes = new Uint8Array(await response.arrayBuffer());
      const headers = JSON.stringify([...response.headers]);
      await look(headers, Buffer.from(bytes).toString('latin1'));
      const hasBody = ![101, 204, 205, 304].includes(response.status);
      return new Response(hasBody ? bytes : null, { status: response.status, headers: response.headers });
    },
  };
  watched.push(same);
  return same;
}
