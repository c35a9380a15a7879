import { BlockList, isIP } from 'node:net';

// IANA IPv4 Special-Purpose Address Registry, multicast and reserved space: nothing there is a public host.
const V4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
// Within 2000::/3, the only space given out for hosts (IANA IPv6 Special-Purpose Address Registry). 2002::/16 (6to4)
// and 2001::/32 (Teredo) carry an IPv4 address that a relay would connect to.
const V6: [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [net, bits] of V4) special.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of V6) special.addSubnet(net, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
const nat64 = new BlockList();
nat64.addSubnet('64:ff9b::', 96, 'ipv6');

/**
 * Is this an address that no public host has: private, loopback, link-local, multicast, documentation, reserved?
 * IPv4 in IPv6 (mapped, and NAT64 of RFC 6052) is judged by the IPv4 address.
 * @param address IPv4 or IPv6 in text, without brackets; a zone is possible. Anything else counts as special.
 */
export function isSpecialAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return special.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return true;
  const groups = expand(address);
  const embedded = `${(groups[6] ?? 0) >> 8}.${(groups[6] ?? 0) & 255}.${(groups[7] ?? 0) >> 8}.${(groups[7] ?? 0) & 255}`;
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped || nat64.check(address, 'ipv6')) return special.check(embedded, 'ipv4');
  return !global6.check(address, 'ipv6') || special.check(address, 'ipv6');
}

/** The eight groups of a valid IPv6 address. */
function expand(address: string): number[] {
  // The URL parser writes it without an IPv4 part and in lower case.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].map((group) => Number.parseInt(group, 16));
}
