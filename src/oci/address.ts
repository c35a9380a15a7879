import { readUrl } from './read-url.ts';

// Names that no public DNS serves, or that name this machine or network: RFC 6761, 6762, 7686, 8375, 9476, the ICANN
// reservation of .internal, and what home and cluster networks use.
const SPECIAL_NAMES = new Set(
  'localhost localdomain local internal intranet private corp home lan test example invalid onion alt arpa svc'.split(
    ' ',
  ),
);

// IANA IPv4 special-purpose registry and multicast: network, bits.
const SPECIAL_V4: [number, number][] = [
  [v4(0, 0, 0, 0), 8],
  [v4(10, 0, 0, 0), 8],
  [v4(100, 64, 0, 0), 10],
  [v4(127, 0, 0, 0), 8],
  [v4(169, 254, 0, 0), 16],
  [v4(172, 16, 0, 0), 12],
  [v4(192, 0, 0, 0), 24],
  [v4(192, 0, 2, 0), 24],
  [v4(192, 88, 99, 0), 24],
  [v4(192, 168, 0, 0), 16],
  [v4(198, 18, 0, 0), 15],
  [v4(198, 51, 100, 0), 24],
  [v4(203, 0, 113, 0), 24],
  [v4(224, 0, 0, 0), 3],
];

/**
 * Does the host name or literal address lead to this machine, a private network or another special place? Names with
 * a public look can still resolve to one; that is checked where the connection is made (Node) or cannot be (workerd).
 * @param hostname as `URL.hostname` gives it: IPv4 in dotted form whatever was written, IPv6 in brackets
 */
export function isSpecialHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, '');
  if (name.startsWith('[')) return isSpecialAddress(name.slice(1, -1));
  if (isV4(name)) return isSpecialAddress(name);
  const labels = name.split('.');
  return labels.length < 2 || SPECIAL_NAMES.has(labels.at(-1) ?? '');
}

/**
 * Is the IP address none that the public internet routes? What cannot be read as an address counts as special.
 * @param address IPv4 in dotted form, or IPv6 without brackets
 */
export function isSpecialAddress(address: string): boolean {
  if (isV4(address))
    return isSpecialV4(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0));
  const groups = ipv6Groups(address);
  return groups === undefined || isSpecialV6(groups);
}

function isV4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) < 256);
}

function v4(a: number, b: number, c: number, d: number): number {
  return ((a * 256 + b) * 256 + c) * 256 + d;
}

function isSpecialV4(address: number): boolean {
  return SPECIAL_V4.some(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return address >= network && address < network + size;
  });
}

function isSpecialV6(groups: number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const last = g * 65536 + h;
  // ::ffff:0:0/96 (v4-mapped) and 64:ff9b::/96 (NAT64) lead to the IPv4 address they hold.
  if ((a | b | c | d | e) === 0 && f === 0xffff) return isSpecialV4(last);
  if (a === 0x64 && b === 0xff9b && (c | d | e | f) === 0) return isSpecialV4(last);
  if (a < 0x2000 || a > 0x3fff) return true; // only 2000::/3 is global unicast
  if (a === 0x2001 && b < 0x200) return true; // 2001::/23: Teredo, benchmarking, ORCHID
  if (a === 0x2001 && b === 0xdb8) return true; // documentation
  if (a === 0x2002) return true; // 6to4: leads to an IPv4 address through relays nobody runs any more
  return a === 0x3fff && b < 0x1000; // 3fff::/20: documentation
}

function ipv6Groups(address: string): number[] | undefined {
  // The URL parser gives the one form of RFC 5952, in hexadecimal throughout.
  const canonical = readUrl(`http://[${address}]/`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [head = '', tail] = canonical.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((one) => Number.parseInt(one, 16));
  if (tail === undefined) return groups(head);
  const [left, right] = [groups(head), groups(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}
