import { createHash, createSign, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServerOptions {
  /** The private key, PEM, and the self-signed certificate over it that the registries have as rootcertbundle. */
  privateKey: string;
  certificate: string;
  issuer: string;
  service: string;
  username: string;
  password: string;
}

interface Access {
  type: string;
  name: string;
  actions: string[];
}

/**
 * A token service as the distribution project specifies it (GET with Basic, and POST after OAuth2), RS256 tokens with
 * an x5c chain. The one user may pull and push everywhere; without credentials nothing may be done.
 *
 * @returns the running server, on a free port of 127.0.0.1
 */
export async function startTokenServer(
  options: TokenServerOptions,
): Promise<{ server: Server; realm: string }> {
  const der = options.certificate.replace(/-----[A-Z ]+-----|\s/g, '');
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const form = new URLSearchParams(url.search);
    if (request.method === 'POST') {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      for (const [key, value] of new URLSearchParams(body)) form.append(key, value);
    }
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = basic
      ? Buffer.from(basic, 'base64').toString('utf8')
      : `${form.get('username') ?? ''}:${form.get('password') ?? ''}`;
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (given !== `${options.username}:${options.password}`) {
      json(401, { errors: [{ code: 'UNAUTHORIZED', message: 'wrong user or password' }] });
      return;
    }
    const token = sign(
      form
        .getAll('scope')
        .flatMap((scope) => scope.split(' '))
        .flatMap(parseScope),
    );
    json(200, { token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() });
  });

  function sign(access: Access[]): string {
    const now = Math.floor(Date.now() / 1000);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ typ: 'JWT', alg: 'RS256', x5c: [der] })}.${part({
      iss: options.issuer,
      sub: options.username,
      aud: options.service,
      exp: now + 300,
      nbf: now - 10,
      iat: now - 10,
      jti: createHash('sha256').update(randomUUID()).digest('hex').slice(0, 16),
      access,
    })}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(options.privateKey, 'base64url')}`;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` };
}

function parseScope(scope: string): Access[] {
  const parts = /^([a-z]+):(.+):([a-z,*]*)$/.exec(scope);
  return parts ? [{ type: parts[1]!, name: parts[2]!, actions: parts[3]!.split(',').filter(Boolean) }] : [];
}
