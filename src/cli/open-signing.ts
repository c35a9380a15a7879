import { sleep } from '../base/sleep.ts';
import { emptyConfig, type SigningEntry } from '../config/index.ts';
import { createRegistryClient, type Reference, type RegistryClient } from '../oci/index.ts';
import { createCredentialLookup } from '../platform/node/docker-credentials.ts';
import type { Io } from '../platform/node/io.ts';
import { sign } from '../sign.ts';
import type { SignResult } from '../signing/index.ts';
import { createMemoryState } from '../state/index.ts';
import { identityToken } from './identity-token.ts';
import { openFetch } from './open-fetch.ts';
import { openSigner } from './open-signer.ts';
import { openSigstoreSigners } from './open-sigstore-signer.ts';
import type { Order } from './order-of.ts';
import { signAtServer } from './sign-at-server.ts';
import type { SignOptions } from './sign-options.ts';

/** A registry and whoever signs in it: this process or a service. */
export interface Signing {
  client: RegistryClient;
  /** The key is taken into use with the first order. @throws ChartsealError as `sign` does */
  sign: (order: Order) => Promise<SignResult>;
  /** Takes the key into use now, so that a passphrase is asked for before anything is shown or done. */
  ready: () => Promise<void>;
  /** What `cosign verify` must be told of signatures by the signer of this name; empty where a service signs. */
  cosignFlags: Map<string, readonly string[]>;
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
      cosignFlags: new Map(),
      ready: async () => {},
      close: async () => void (await Promise.all([registry.close(), remote.close()])),
    };
  }
  let local: ReturnType<typeof openLocal> | undefined;
  const cosignFlags: Signing['cosignFlags'] = new Map();
  const opened = () => {
    local ??= openLocal(own, client, options, io, cosignFlags);
    return local;
  };
  return {
    client,
    sign: async (order) => (await opened()).sign(order),
    cosignFlags,
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
  cosignFlags: Signing['cosignFlags'],
): Promise<{ sign: Signing['sign']; close: () => Promise<void> }> {
  const { entries, close } = await openSigners(options, io);
  for (const entry of entries)
    if (entry.scheme === 'sigstore') cosignFlags.set(entry.name, entry.signer.cosignFlags);
  const names = entries.map(({ name }) => name);
  const { audit, leases } = createMemoryState({ clock: io.clock });
  // One time for all signatures of --all: what several tags name stays one manifest (RSA signs the same alike).
  const at = io.clock();
  const clock = options.all ? () => at : io.clock;
  const context = {
    config: emptyConfig({ registries: [own] }),
    client,
    clock,
    newId: io.newId,
    keys: new Map(entries.map((entry) => [entry.name, entry])),
    caller: undefined,
    audit,
    leases,
    leaseMs: OVERALL_TIMEOUT_MS,
    sleep,
  };
  const token = options.keyless ? await identityToken(options.identityToken, io) : undefined;
  const shared = { with: names, ...(token === undefined ? {} : { identityToken: token }) };
  return {
    sign: (order) => sign({ ...order, ...shared }, { ...context, requestId: io.newId() }),
    close,
  };
}

// PGP where it is asked for, and where nobody else signs.
async function openSigners(
  options: SignOptions,
  io: Io,
): Promise<{ entries: SigningEntry[]; close: () => Promise<void> }> {
  const sigstore = await openSigstoreSigners(options, io);
  if (options.key === undefined && options.vault === undefined && sigstore.entries.length > 0)
    return sigstore;
  try {
    const { name, signer, close } = await openSigner(options, io);
    const pgp: SigningEntry = {
      scheme: 'pgp',
      // Two files may have one name.
      name: sigstore.entries.some((entry) => entry.name === name) ? `${name} (PGP)` : name,
      signer,
      repositories: ['**'],
      callers: [],
      // Whoever holds the key may do with it what they say.
      mayReplace: options.replace === true,
      unsafeSignTags: false,
    };
    return {
      entries: [pgp, ...sigstore.entries],
      close: async () => void (await Promise.all([close(), sigstore.close()])),
    };
  } catch (error) {
    await sigstore.close();
    throw error;
  }
}
