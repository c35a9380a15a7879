import { sleep } from '../base/sleep.ts';
import type { Config } from '../config/index.ts';
import { createRegistryClient } from '../oci/index.ts';
import { createCredentialLookup } from '../platform/node/docker-credentials.ts';
import type { Io } from '../platform/node/io.ts';
import { registryLimits } from '../platform/registry-limits.ts';
import type { Report } from '../report/index.ts';
import { verify } from '../verify.ts';
import { chooseConfig } from './choose-config.ts';
import { openFetch } from './open-fetch.ts';
import type { Target } from './parse-target.ts';
import type { VerifyOptions } from './verify-options.ts';
import { withProgress } from './with-progress.ts';

/** Judges a chart in a registry. The registry of the reference may be asked even if no configuration lists it. */
export async function verifyReference(
  { text, reference }: Target & { kind: 'reference' },
  options: VerifyOptions,
  io: Io,
): Promise<Report> {
  const { config, keyringPolicy } = await chooseConfig(options, io);
  const registries = withOwnHost(config.registries, reference.host, options.plainHttp === true);
  const { fetch, close } = await openFetch({ host: reference.host, caFile: options.caFile, registries }, io);
  try {
    const client = createRegistryClient({
      fetch,
      clock: io.clock,
      registries,
      credentialsFor: createCredentialLookup({ env: io.env, clock: io.clock }),
      limits: registryLimits(config.limits),
    });
    return await withProgress(reference.host, io, () =>
      verify(
        { reference: text, version: options.version, policy: options.policy, depth: options.depth },
        {
          config,
          keyringPolicy,
          client,
          services: { fetch, sleep, random: Math.random },
          clock: io.clock,
          newId: io.newId,
          scope: 'callers',
        },
      ),
    );
  } finally {
    await close();
  }
}

/** The registries of the configuration and, written out, the one of the reference. */
function withOwnHost(
  registries: Config['registries'],
  host: string,
  plainHttp: boolean,
): Config['registries'] {
  const own = { ...(registries.find((entry) => entry.host === host) ?? { host, anonymousMayVerify: false }) };
  if (plainHttp) own.plainHttp = true;
  return [own, ...registries.filter((entry) => entry.host !== host)];
}
