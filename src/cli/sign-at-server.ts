import type { Io } from '../platform/node/io.ts';
import type { SignResult } from '../signing/index.ts';
import { identityToken } from './identity-token.ts';
import { openFetch } from './open-fetch.ts';
import type { Order } from './order-of.ts';
import { jsonBody, postToServer } from './post-to-server.ts';
import type { SignOptions } from './sign-options.ts';

/** Lets a running service sign (`--server URL --with NAME`); the caller's token is CHARTSEAL_TOKEN. A keyless
 * signer of the service gets the identity token of whoever asks. */
export async function signAtServer(
  server: string,
  options: SignOptions,
  io: Io,
): Promise<{ sign: (order: Order) => Promise<SignResult>; close: () => Promise<void> }> {
  const asks = options.keyless || options.identityToken !== undefined;
  const token = asks ? await identityToken(options.identityToken, io) : undefined;
  const host = URL.canParse(server) ? new URL(server).host : server;
  const { fetch, close } = await openFetch({ host, caFile: options.caFile }, io);
  return {
    sign: (order) => {
      const body = jsonBody({ ...order, with: options.with, identityToken: token });
      return postToServer(server, { path: 'v1/sign', body, isAnswer: isSignResult }, io, fetch);
    },
    close,
  };
}

function isSignResult(answer: unknown): answer is SignResult {
  const body = answer as Partial<Record<keyof SignResult, unknown>> | null;
  return (
    typeof body?.reference === 'string' &&
    typeof body.before === 'string' &&
    (typeof body.after === 'string' || body.after === null) &&
    typeof body.changed === 'boolean' &&
    Array.isArray(body.signatures) &&
    Array.isArray(body.leftBehind)
  );
}
