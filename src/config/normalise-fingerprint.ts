/** Upper-case hex without `0x` and spaces, the form that reports and evidence use. */
export function normaliseFingerprint(text: string): string {
  return text.replace(/^0x/i, '').replace(/\s/g, '').toUpperCase();
}
