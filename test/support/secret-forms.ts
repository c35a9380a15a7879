import type { PrivateKey } from 'openpgp';

/** All forms in which bytes may be written; the base64 of a part differs by where it begins. */
export function formsOf(secret: string | Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((n) => Buffer.concat([Buffer.alloc(n, 120), bytes]).toString('base64'));
  const inner = shifted.flatMap((text) => [
    text.slice(4, -4),
    text.slice(4, -4).replaceAll('+', '-').replaceAll('/', '_'),
  ]);
  const hex = bytes.toString('hex');
  const text =
    typeof secret === 'string'
      ? [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
      : [];
  return [
    ...text,
    ...inner,
    hex,
    hex.toUpperCase(),
    ...(bytes.length >= 16 ? [[...bytes.subarray(0, 16)].join(',')] : []),
  ];
}

/** The secret numbers of a key (d, p, q, u of RSA), whole and by their first half, and the lines of its armor. */
export function secretsOf(key: PrivateKey): string[] {
  const found: string[] = [];
  for (const packet of [key.keyPacket, ...key.subkeys.map((subkey) => subkey.keyPacket)]) {
    const numbers = Object.values(
      (packet as unknown as { privateParams: object | null }).privateParams ?? {},
    );
    for (const number of numbers) {
      if (!(number instanceof Uint8Array)) continue;
      found.push(...formsOf(number), ...formsOf(number.subarray(0, number.length >> 1)));
      found.push(BigInt(`0x${Buffer.from(number).toString('hex')}`).toString());
    }
  }
  const lines = key
    .armor()
    .split(/\r?\n/)
    .filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
  // The rest of the armor is the public half, which may stand in an answer at any offset.
  const known = Buffer.from(key.toPublic().write()).toString('hex');
  const isSecret = (part: string) => !known.includes(Buffer.from(part, 'base64').toString('hex'));
  return [...found, ...lines, ...lines.map((line) => line.slice(0, 24))].filter(
    (part) => !/^[A-Za-z0-9+/=]+$/.test(part) || isSecret(part),
  );
}
