import { describe, expect, test } from 'vitest';
import { startDemo } from '../../src/demo/start-demo.ts';
import { cli, NOW } from './support.ts';

describe('chartseal demo', () => {
  test('--once: six reports with the command that asks again, all as expected, 0', async () => {
    const { status, stdout, stderr } = await cli(['demo', '--once']);
    expect(stderr).toContain('all six verdicts are the expected ones');
    expect(status).toBe(0);
    expect(stdout.match(/^(ALLOW|DENY|INCONCLUSIVE) /gm)).toEqual([
      'ALLOW ',
      'DENY ',
      'DENY ',
      'DENY ',
      'DENY ',
      'INCONCLUSIVE ',
    ]);
    expect(stdout.match(/^curl -s 'http:\/\/127\.0\.0\.1:/gm)).toHaveLength(6);
  });

  test('without --once the service answers until it is stopped', async () => {
    let answer = '';
    let printed = '';
    const { status } = await cli(['demo'], {
      stdout: { write: (text) => (printed += text) },
      untilStopped: async () => {
        const [, url, body] = /curl -s '([^']+)' .* -d '([^']+)'/.exec(printed) ?? [];
        const headers = { 'content-type': 'application/json' };
        answer = await (await fetch(url!, { method: 'POST', headers, body: body! })).text();
      },
    });
    expect(status).toBe(0);
    expect(answer).toMatch(/^ALLOW/);
  });

  test('a verdict that is not the expected one: 1, and which', async () => {
    // Before the charts were signed: every signature lies in the future.
    const { status, stderr } = await cli(['demo', '--once'], {
      clock: () => Date.parse('2026-01-01T00:00:00Z'),
    });
    expect(status).toBe(1);
    expect(stderr).toContain('UNEXPECTED  1. well signed: expected allow');
  });

  test('only loopback addresses', async () => {
    const demo = await startDemo(() => NOW);
    expect(demo.service).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(demo.registry).toMatch(/^127\.0\.0\.1:\d+$/);
    await demo.close();
  });
});
