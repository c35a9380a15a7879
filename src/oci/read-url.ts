/** `URL.parse`, which Node 20 does not have: undefined instead of an exception. */
export function readUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}
