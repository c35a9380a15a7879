import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

const MAX_CAUSES = 5;
const TLS = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH|ERR_SSL_|EPROTO)/;
const NO_TLS = /^(?:ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/;

const WORDS: Record<string, { what: string; help: string }> = {
  ENOTFOUND: {
    what: 'the name of the host is not known',
    help: 'Check how the host is written, and that its name resolves from here.',
  },
  ECONNREFUSED: {
    what: 'nothing listens at this host and port',
    help: 'Check host and port, and that the registry runs.',
  },
};

/**
 * What fetch threw, as a ChartsealError: broken connections are retryable, TLS failures are not. An error of ours
 * inside (the platform's address check) is kept as it is.
 * @param what the object, for the message
 */
export function networkError(what: string, thrown: unknown): ChartsealError {
  const chain = causes(thrown);
  const ours = chain.find((one) => one instanceof ChartsealError);
  if (ours !== undefined) return ours;
  const code = chain.map((one) => (one as { code?: unknown }).code).find((one) => typeof one === 'string');
  if (code !== undefined && NO_TLS.test(code)) {
    return new ChartsealError(
      'registry.plain_http',
      `${what}: the registry does not speak TLS (${clean(code)})`,
      {
        cause: thrown,
      },
    );
  }
  if (code !== undefined && TLS.test(code)) {
    return new ChartsealError(
      'registry.unavailable',
      `${what}: TLS certificate not accepted (${clean(code)})`,
      {
        help: 'If the registry has a private certificate authority, name its certificate under "ca" of the registry.',
        cause: thrown,
      },
    );
  }
  const known = code === undefined ? undefined : WORDS[code];
  return new ChartsealError(
    'registry.unavailable',
    `${what}: ${known?.what ?? 'the connection failed'}${code ? ` (${clean(code)})` : ''}`,
    {
      retryable: true,
      ...(known === undefined ? {} : { help: known.help }),
      cause: thrown,
    },
  );
}

function causes(thrown: unknown): object[] {
  const chain: object[] = [];
  let one = thrown;
  while (typeof one === 'object' && one !== null && chain.length < MAX_CAUSES) {
    chain.push(one);
    one = (one as { cause?: unknown }).cause;
  }
  return chain;
}
