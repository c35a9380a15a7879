import { inject } from 'vitest';
import type { NetworkHost } from '../../src/memory-registry/index.ts';
import { startNodeService } from './node-service.ts';
import { watchForSecrets } from './watch-for-secrets.ts';
import { startWorkerdService } from './workerd-service.ts';

/** A whole chartseal, asked through its public face. */
export interface TestService {
  /** @param path like `/v1/verify` */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Moves the clock. */
  setNow(now: number): Promise<void>;
  /** Log lines so far, as the platform would print them. */
  logs(): Promise<string[]>;
}

export interface TestServiceOptions {
  /** Text of chartseal.yaml. */
  config: string;
  /** The files it names. */
  files?: Record<string, Uint8Array>;
  secrets?: Record<string, string>;
  /** Who answers the requests of the service, by host; there is nobody else. */
  hosts: Record<string, NetworkHost>;
  /** Milliseconds since the epoch; stands still. */
  now?: number;
  /** Kinds of records that the audit log does not take. */
  auditRefuses?: string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    runtime: 'node' | 'workerd';
  }
}

/** The runtime this run of a suite is for. */
export const runtime = inject('runtime');

/** The day after the fixtures were signed; the vectors' expectations hold on it as well. */
export const NOW = Date.UTC(2026, 10, 24, 12);

/** The same service in the runtime of this run: in this process on Node, or as the Worker in workerd. */
export async function startService(options: TestServiceOptions): Promise<TestService> {
  const service = await (runtime === 'workerd' ? startWorkerdService(options) : startNodeService(options));
  return watchForSecrets(service);
}

/** Asks for one verdict and returns the report (or problem) with the status. */
export async function ask(
  service: TestService,
  body: unknown,
  headers: Record<string, string> = {},
  query = '',
  // biome-ignore lint/suspicious/noExplicitAny: tests read reports and problems alike
): Promise<{ status: number; headers: Headers; body: any }> {
  const response = await service.fetch(`/v1/verify${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
