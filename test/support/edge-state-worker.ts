import { ChartsealError } from '../../src/base/error.ts';
import { LockObject } from '../../src/platform/edge/lock-object.ts';
import { openEdgeState, type StateBindings } from '../../src/platform/edge/open-edge-state.ts';
import type { AuditEntry, Lease } from '../../src/state/index.ts';

// The Worker that test/platform/state-edge.test.ts asks: state as a Worker has it, behind a request for each call.

let ahead = 0;

/** The lock object as it is deployed, with a clock that the suite sets forward. */
export class TestLock extends LockObject {
  protected override now(): number {
    return Date.now() + ahead;
  }
}

interface Call {
  call: 'append' | 'read' | 'head' | 'acquire' | 'renew' | 'release' | 'advance' | 'sql';
  args: never[];
}

// A lease belongs to the request that took it in a real Worker; here it lives on, for the suite's next request.
const leases = new Map<number, Lease>();

async function answer({ call, args }: Call, env: StateBindings): Promise<unknown> {
  const state = openEdgeState(env, { clock: () => Date.UTC(2026, 10, 23, 12) });
  const calls: Record<Call['call'], (...values: never[]) => unknown> = {
    append: (entry: AuditEntry) => state.audit.append(entry),
    read: (options: { after?: number; limit: number }) => state.audit.read(options),
    head: () => state.audit.head(),
    acquire: async (key: string, owner: string, ttlMs: number) => {
      const lease = await state.leases.acquire(key, owner, ttlMs);
      return lease && leases.set(leases.size, lease).size - 1;
    },
    renew: (id: number) => leases.get(id)?.renew(),
    release: (id: number) => leases.get(id)?.release(),
    advance: (ms: number) => {
      ahead += ms;
    },
    sql: (statement: string) => env.AUDIT.prepare(statement).run(),
  };
  return calls[call](...args);
}

// biome-ignore lint/style/noDefaultExport: what a Worker exports
export default {
  async fetch(request: Request, env: StateBindings): Promise<Response> {
    try {
      return Response.json({ value: await answer(await request.json(), env) });
    } catch (error) {
      const code = error instanceof ChartsealError ? error.code : undefined;
      return Response.json({ code, message: String(error) }, { status: 500 });
    }
  },
};
