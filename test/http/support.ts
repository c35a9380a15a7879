import { type AppDependencies, createApp } from '../../src/http/index.ts';
import { createRegistryClient } from '../../src/oci/index.ts';
import { verify } from '../../src/verify.ts';
import { configText, parse, SECRETS } from '../config/support.ts';
import { AUDIENCE, createIssuer, ISSUER, type OidcIssuer } from '../support/oidc-issuer.ts';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const OPERATOR = { authorization: `Bearer ${SECRETS.OPERATOR_TOKEN?.trim()}` };
export const CI = { authorization: `Bearer ${SECRETS.CI_TOKEN}` };

/** The application over what a test gives it, with an issuer of tokens; the clock stands at `state.now`. */
export async function startApp(
  fields: Record<string, unknown> = {},
  dependencies: Partial<AppDependencies> = {},
) {
  const state = { now: NOW };
  const clock = () => state.now;
  const issuer: OidcIssuer = await createIssuer(clock);
  const hints: unknown[] = [];
  const lines: unknown[] = [];
  const config = await parse(
    configText({
      callers: {
        release: oidc({ sub: 'release', ref: 'refs/tags/*' }),
        job: oidc({ sub: ['job', 'release'] }),
        ci: { token: { secret: 'CI_TOKEN' } },
        operator: { token: { secret: 'OPERATOR_TOKEN' } },
      },
      access: { audit: ['operator', 'job'] },
      ...fields,
    }),
  );
  const app = createApp({
    config,
    client: createRegistryClient({ fetch: () => Promise.reject(new Error('none')), clock, registries: [] }),
    clock,
    newId: () => 'test-request-id',
    verify,
    listTags: async () => [],
    sleep: () => new Promise(() => {}),
    log: (record) => lines.push(record),
    clientAddress: () => undefined,
    version: '0',
    fetch: async (url, init) => {
      hints.push({ url, ...init?.chartseal, redirect: init?.redirect });
      return issuer.fetch(new Request(url, init));
    },
    ...dependencies,
  });
  /** Whose token it is: asks for the audit log, which names the caller or refuses. */
  const whoIs = async (token: string): Promise<string> => {
    lines.length = 0;
    const response = await app.request('/v1/audit', { headers: { authorization: `Bearer ${token}` } });
    const body = JSON.stringify(await response.json());
    if (body.includes(token) || JSON.stringify(lines).includes(token)) throw new Error('the token was shown');
    const { caller } = lines.at(-1) as { caller?: string };
    return caller ?? `${response.status} ${JSON.parse(body).code}: ${JSON.parse(body).detail}`;
  };
  return { app, issuer, state, config, lines, hints, whoIs };
}

/** A caller of the issuer of the tests. */
export function oidc(claims: Record<string, string | string[]>, more: object = {}) {
  return { oidc: { issuer: ISSUER, audience: AUDIENCE, claims, ...more } };
}
