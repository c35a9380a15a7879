const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Is the text padded base64 (RFC 4648, section 4) without line ends? Empty text is. */
export function isBase64(text: string): boolean {
  return BASE64.test(text);
}
