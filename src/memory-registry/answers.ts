/** An error as the distribution protocol has it (distribution-spec, "Error Codes"). */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  const body = new TextEncoder().encode(JSON.stringify({ errors: [{ code, message, detail: null }] }));
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', 'content-length': String(body.length), ...headers },
  });
}

/** An answer with a body and its length; for HEAD the same headers without the body. */
export function bodyAnswer(
  method: string,
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  status = 200,
): Response {
  return new Response(method === 'HEAD' ? null : bytes, {
    status,
    headers: { 'content-length': String(bytes.length), ...headers },
  });
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { 'content-length': '0', ...headers } });
}
