import { afterEach, expect, it, vi } from 'vitest';

const TEXT = JSON.stringify({
  registries: [{ host: 'registry.test' }],
  trust: {},
  policies: [],
  callers: { tester: { token: { secret: 'SOME_SECRET_NAME' } } },
});

vi.mock('#worker-config', () => ({ bundledConfig: { text: TEXT, path: 'chartseal.yaml', files: {} } }));
afterEach(() => vi.restoreAllMocks());

it('a Worker whose configuration cannot be used answers with a problem, and tells only its log why', async () => {
  const lines = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const { default: worker } = await import('../../src/worker.ts');
  const response = await worker.fetch(new Request('https://chartseal.test/healthz'), {});
  expect(response.status).toBe(500);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = await response.text();
  expect(JSON.parse(problem)).toMatchObject({ code: 'internal.error', status: 500 });
  expect(problem).not.toContain('SOME_SECRET_NAME');
  const line = JSON.parse(String(lines.mock.calls[0]?.[0]));
  expect(line.error.message).toContain('the secret SOME_SECRET_NAME is not set');
  expect(problem).toContain(line.requestId);
});
