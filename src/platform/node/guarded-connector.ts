import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { isSpecialAddress } from '../../oci/address.ts';

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<{ address: string; family: number }[]>;

/** What {@link guardedConnector} takes. */
interface ConnectorOptions {
  /** May connections lead to private and special addresses? */
  private: boolean;
  /** PEM of the only authorities believed for a host, by `host:port` or `host`. */
  cas: ReadonlyMap<string, string>;
  resolve?: Resolve;
  /** Milliseconds a connection may take. */
  timeout: number;
}

/**
 * Connects to a host only at an address that was looked at: the name is resolved once, special addresses are left
 * out, and the socket is given what is left. So a name that answers differently the second time (DNS rebinding)
 * gains nothing. The error for a host without any public address is registry.address_refused.
 */
export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const lookup = guardedLookup(options);

  // One connector for each set of authorities, as each keeps the TLS sessions of its own.
  const connectors = new Map<string | undefined, buildConnector.connector>();
  const connectorFor = (ca: string | undefined): buildConnector.connector => {
    let connector = connectors.get(ca);
    if (connector === undefined) {
      connector = buildConnector({ lookup, timeout: options.timeout, ...(ca !== undefined && { ca }) });
      connectors.set(ca, connector);
    }
    return connector;
  };

  return (target, callback) => {
    const hostname = target.hostname.replace(/^\[|\]$/g, '');
    // An address needs no lookup, so it is looked at here.
    if (!options.private && isIP(hostname) !== 0 && isSpecialAddress(hostname)) {
      callback(refused(hostname), null);
      return;
    }
    const ca = options.cas.get(target.host ?? '') ?? options.cas.get(hostname);
    connectorFor(ca)(target, callback);
  };
}

/** What a socket asks for the addresses of a name: gives it those alone that it may connect to. */
export function guardedLookup(options: Pick<ConnectorOptions, 'private' | 'resolve'>): LookupFunction {
  const resolve: Resolve = options.resolve ?? ((hostname) => dnsLookup(hostname, { all: true }));
  const choose = async (hostname: string, wanted: number | string | undefined) => {
    const all = await resolve(hostname);
    const allowed = options.private ? all : all.filter((one) => !isSpecialAddress(one.address));
    const family = wanted === 'IPv4' ? 4 : wanted === 'IPv6' ? 6 : wanted;
    const usable = allowed.filter((one) => !family || one.family === family);
    if (usable.length > 0) return usable;
    throw allowed.length < all.length ? refused(hostname) : notFound(hostname);
  };
  return (hostname, how, callback) => {
    choose(hostname, how.family).then(
      (usable) => {
        if (how.all) callback(null, usable);
        else callback(null, usable[0]?.address ?? '', usable[0]?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** The error of a host that has none but special addresses. The address stays out: it tells of the network inside. */
export function refused(hostname: string): ChartsealError {
  return new ChartsealError(
    'registry.address_refused',
    `${clean(hostname)} leads to a private or special address, which is not connected to`,
  );
}

function notFound(hostname: string): Error {
  return Object.assign(new Error(`no address for ${clean(hostname)}`), { code: 'ENOTFOUND' });
}
