import type { LogRecord } from '../../http/index.ts';
import type { RunningServer } from './serve-handler.ts';
import type { TlsFiles } from './tls-files.ts';

const EVERY_MS = 30_000;

/** Takes TLS files into use when they have changed, until it is stopped. */
export interface FreshTls {
  /** Looks at once. Files that cannot be used are told to the log, and the old ones stay. @returns have they changed? */
  reload(): Promise<boolean>;
  stop(): void;
}

/** @param files undefined: the server speaks no TLS */
export function keepTlsFresh(
  files: TlsFiles | undefined,
  server: RunningServer,
  log: (record: LogRecord) => void,
): FreshTls {
  const reload = async (): Promise<boolean> => {
    try {
      const changed = await files?.refresh();
      if (changed === undefined) return false;
      server.setTls(changed);
      log({ level: 'info', message: 'TLS files were replaced' });
      return true;
    } catch (error) {
      log({ level: 'error', message: 'changed TLS files cannot be used; the old ones stay', error });
      return false;
    }
  };
  const timer = files && setInterval(reload, EVERY_MS).unref();
  return { reload, stop: () => clearInterval(timer) };
}
