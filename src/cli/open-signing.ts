import { policyFromKeyrings } from '../config/index.ts';
import { createRegistryClient, type Reference, type RegistryClient } from '../oci/index.ts';
import { createCredentialLookup } from '../platform/node/docker-credentials.ts';
import type { Io } from '../platform/node/io.ts';
import { sign } from '../sign.ts';
import type { SignRequest, SignResult } from '../signing/index.ts';
import { createMemoryState } from '../state/index.ts';
import { openFetch } from './open-fetch.ts';
import { openSigner } from './open-signer.ts';
import type { SignOptions } from './sign.ts';
import { signAtServer } from './sign-at-server.ts';

/** What is asked of a signer, whichever it is. */
export type Order = Omit<SignRequest, 'with'>;

/** A registry and whoever signs in it: this process or a service. */
export interface Signing {
  client: RegistryClient;
  /** The key is taken into use with the first order. @throws ChartsealError as `sign` does */
  sign: (order: Order) => Promise<SignResult>;
  /** Takes the key into use now, so that a passphrase is asked for before anything is shown or done. */
  ready: () => Promise<void>;
  close: () => Promise<void>;
}

// A person waits and can press Ctrl-C; a large chart over a slow line takes its time.
const OVERALL_TIMEOUT_MS = 10 * 60_000;

/** Opens what `sign` needs for one registry. Nothing is asked of anybody yet. */
export async function openSigning(reference: Reference, options: SignOptions, io: Io): Promise<Signing> {
  const { host } = reference;
  const own = { host, anonymousMayVerify: false, ...(options.plainHttp ? { plainHttp: true } : {}) };
  const caFile = options.server === undefined ? options.caFile : undefined;
  const registry = await openFetch({ host, caFile, registries: [own] }, io);
  const client = createRegistryClient({
    fetch: registry.fetch,
    clock: io.clock,
    registries: [own],
    credentialsFor: createCredentialLookup({ env: io.env, clock: io.clock }),
    limits: { overallTimeoutMs: OVERALL_TIMEOUT_MS },
  });
  const { server } = options;
  if (server !== undefined) {
    const remote = await signAtServer(server, options, io);
    return {
      client,
      sign: remote.sign,
      ready: async () => {},
      close: async () => void (await Promise.all([registry.close(), remote.close()])),
    };
  }
  let local: ReturnType<typeof openLocal> | undefined;
  const opened = () => {
    local ??= openLocal(own, client, options, io);
    return local;
  };
  return {
    client,
    sign: async (order) => (await opened()).sign(order),
    ready: async () => void (await opened()),
    close: async () => {
      await Promise.all([registry.close(), local?.then(({ close }) => close()).catch(() => undefined)]);
    },
  };
}

async function openLocal(
  own: { host: string; anonymousMayVerify: boolean },
  client: RegistryClient,
  options: SignOptions,
  io: Io,
): Promise<{ sign: Signing['sign']; close: () => Promise<void> }> {
  const { name, signer, close } = await openSigner(options, io);
  const config = await policyFromKeyrings({ files: [{ name, bytes: signer.publicBinary }] });
  const entry = {
    name,
    signer,
    repositories: ['**'],
    callers: [],
    // Whoever holds the key may do with it what they say.
    mayReplace: options.replace === true,
    unsafeSignTags: false,
  };
  const { audit, leases } = createMemoryState({ clock: io.clock });
  // One time for all signatures of --all: what several tags name stays one manifest (RSA signs the same alike).
  const at = io.clock();
  const clock = options.all ? () => at : io.clock;
  const context = {
    config: { ...config, registries: [own] },
    client,
    clock,
    newId: io.newId,
    keys: new Map([[name, entry]]),
    caller: undefined,
    audit,
    leases,
    leaseMs: OVERALL_TIMEOUT_MS,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  return {
    sign: (order) => sign({ ...order, with: [name] }, { ...context, requestId: io.newId() }),
    close,
  };
}
