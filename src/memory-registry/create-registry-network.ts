/** Anything that answers requests: a memory registry, an application, a stub. */
export interface NetworkHost {
  fetch(request: Request): Promise<Response> | Response;
}

/**
 * A `fetch` that reaches exactly these hosts, as a client would see them through a real one: packed bodies are
 * unpacked, an aborted request rejects, `Response.url` is set. Anything else ends in TypeError('fetch failed').
 * A redirect is only answered where the request says `redirect: 'manual'`.
 * @param hosts by host, or by host and port where the address has a port; in lower case
 */
export function createRegistryNetwork(hosts: Record<string, NetworkHost>): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const host = Object.hasOwn(hosts, url.host) ? hosts[url.host] : undefined;
    if (host === undefined) {
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error(`getaddrinfo ENOTFOUND ${url.hostname}`), { code: 'ENOTFOUND' }),
      });
    }
    request.signal.throwIfAborted();
    const response = await host.fetch(request);
    if (response.status >= 300 && response.status < 400 && response.headers.has('location')) {
      if (request.redirect !== 'manual') {
        throw new TypeError('fetch failed', { cause: new Error('redirects must be asked for as manual') });
      }
    }
    const result =
      response.body !== null && response.headers.get('content-encoding') === 'gzip'
        ? new Response(response.body.pipeThrough(new DecompressionStream('gzip')), response)
        : response;
    Object.defineProperty(result, 'url', { value: request.url });
    return result;
  };
}
