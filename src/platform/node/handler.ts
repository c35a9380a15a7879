import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a handler gets beside the request: `hono/conninfo` and others read the peer's address from it. */
export interface NodeBindings {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/** A fetch handler: `app.fetch` of Hono, `registry.fetch` of the memory registry. */
export type Handler = (request: Request, bindings: NodeBindings) => Response | Promise<Response>;
