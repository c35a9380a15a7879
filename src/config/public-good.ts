/** The name under which the trusted root of sigstore.dev is asked for. */
export const PUBLIC_GOOD = 'public-good';
