import { resolve } from 'node:path';
import { startService } from '../node.ts';
import { logLine } from '../platform/log-line.ts';
import type { Io } from '../platform/node/io.ts';
import { createLineWriter } from '../platform/node/line-writer.ts';
import type { TlsPaths } from '../platform/node/tls-files.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { EXIT } from './exit-status.ts';
import { usageError } from './usage-error.ts';

const DEFAULT_PORT = 8080;

interface ServeOptions {
  config?: string | undefined;
  host: string;
  port?: string | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  tlsClientCa?: string | undefined;
}

/** `chartseal serve`: the service, until it is asked to stop; requests under way are answered first. */
export async function serveCommand(options: ServeOptions, io: Io): Promise<number> {
  const tls = chooseTls(options, io.cwd);
  const lines = createLineWriter(io.stderr);
  const log = (record: object) => lines.write(logLine(record, io.clock()));
  const service = await startService({
    configPath: resolve(io.cwd, options.config ?? DEFAULT_CONFIG),
    env: io.env,
    host: options.host,
    port: choosePort(options.port, io.env.PORT),
    clock: io.clock,
    ...(tls === undefined ? {} : { tls }),
    ...(io.fetch === undefined ? {} : { fetch: io.fetch }),
    log,
  });
  io.stderr.write(`chartseal listens on ${service.url} (stop with Ctrl-C)\n`);
  await io.untilStopped();
  log({ level: 'info', message: 'stopping' });
  await service.close();
  lines.flush();
  return EXIT.allow;
}

function chooseTls({ tlsCert, tlsKey, tlsClientCa }: ServeOptions, cwd: string): TlsPaths | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw usageError('TLS needs both --tls-cert and --tls-key', 'Give two PEM files: certificate and key.');
  }
  return {
    cert: resolve(cwd, tlsCert),
    key: resolve(cwd, tlsKey),
    ...(tlsClientCa === undefined ? {} : { clientCa: resolve(cwd, tlsClientCa) }),
  };
}

function choosePort(flag: string | undefined, variable: string | undefined): number {
  const [text, source] = flag === undefined ? [variable, 'PORT'] : [flag, '--port'];
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw usageError(`${source} is "${text}"; allowed is a port from 0 (any free one) to 65535`);
  return port;
}
