import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import type { TlsSettings } from './serve-handler.ts';

/** Absolute paths of PEM files. */
export interface TlsPaths {
  cert: string;
  key: string;
  /** Authorities of clients. */
  clientCa?: string;
}

/** PEM files that may be replaced while the server runs, as cert-manager and Kubernetes do with mounted secrets. */
export interface TlsFiles {
  readonly current: TlsSettings;
  /**
   * Reads the files again. Certificate and key are replaced one after the other, so files that do not fit each other
   * are no reason to stop: the old ones stay in use.
   * @returns the new settings, or undefined when nothing has changed
   * @throws ChartsealError `config.invalid` for files that cannot be used
   */
  refresh(): Promise<TlsSettings | undefined>;
}

/** @throws ChartsealError `config.invalid` that names the flag */
export async function openTlsFiles(paths: TlsPaths): Promise<TlsFiles> {
  let current = await readAll(paths);
  return {
    get current() {
      return current;
    },
    async refresh() {
      const next = await readAll(paths);
      const same =
        next.cert === current.cert && next.key === current.key && next.clientCa === current.clientCa;
      if (same) return undefined;
      current = next;
      return next;
    },
  };
}

async function readAll({ cert, key, clientCa }: TlsPaths): Promise<TlsSettings> {
  const settings: TlsSettings = {
    cert: await readPem('--tls-cert', cert, 'CERTIFICATE'),
    key: await readPem('--tls-key', key, 'PRIVATE KEY'),
    ...(clientCa === undefined
      ? {}
      : { clientCa: await readPem('--tls-client-ca', clientCa, 'CERTIFICATE') }),
  };
  try {
    createSecureContext({ ...settings, ca: settings.clientCa });
  } catch (cause) {
    throw new ChartsealError('config.invalid', 'certificate and key for TLS cannot be used together', {
      help: 'Check that --tls-key belongs to the first certificate of --tls-cert, and has no passphrase.',
      cause,
    });
  }
  return settings;
}

// The text of a file that is not what it should be is not shown: it may be the key.
async function readPem(flag: string, path: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new ChartsealError('config.invalid', `${flag} ${clean(path)} cannot be read (${code})`, { cause });
  }
  if (new RegExp(`-----BEGIN (?:[A-Z]+ )?${what}-----`).test(text)) return text;
  throw new ChartsealError('config.invalid', `${flag} ${clean(path)} holds no ${what.toLowerCase()} in PEM`);
}
