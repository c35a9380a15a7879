import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HoldingProxy {
  /** `127.0.0.1:PORT` */
  host: string;
  /**
   * The next request that matches is never answered: with `before` it does not reach the registry, with `after` it
   * does, and the answer is lost.
   * @returns once that request is held
   */
  hold(when: 'before' | 'after', method: string, path: RegExp): Promise<void>;
  close(): void;
}

interface Hold {
  when: 'before' | 'after';
  method: string;
  path: RegExp;
  held: () => void;
}

/** Stands before a registry, so that a test can stop a signer at a step it chooses. */
export async function startHoldingProxy(registry: string): Promise<HoldingProxy> {
  let hold: Hold | undefined;
  const server = createServer((incoming, response) => {
    const found =
      hold?.method === incoming.method && hold?.path.test(incoming.url ?? '') === true ? hold : undefined;
    if (found) hold = undefined;
    if (found?.when === 'before') return found.held();
    forward(registry, incoming, (answer) => {
      if (found) {
        answer.resume().once('end', found.held);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
    });
    response.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (when, method, path) =>
      new Promise((held) => {
        hold = { when, method, path, held };
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function forward(
  registry: string,
  incoming: IncomingMessage,
  answered: (answer: IncomingMessage) => void,
): void {
  const { hostname, port } = new URL(`http://${registry}`);
  // With the Host that was asked for, which the registry puts into the addresses it answers with.
  const { method, url, headers } = incoming;
  const outgoing = request({ hostname, port, method, path: url, headers, agent: false }, answered);
  outgoing.on('error', () => incoming.destroy());
  incoming.on('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
