import { expect, test } from 'vitest';
import type { SignatureItem, SigstoreTrust } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, keyTrust, OTHER_DIGEST, verify } from '../sigstore/support.ts';
import { createFakeKey, createFakeSigstore, FAKE_IDENTITY } from '../support/sigstore/index.ts';

// Signatures changed at random, thousands of them, the same in every run: values of the JSON replaced, moved and
// repeated, bytes and whole elements of DER inside of base64 changed, lines of checkpoints and PEM turned round. There
// is no exception; what nobody trusted signed never holds; and what holds says what the good one said.
const ROUNDS = 400;
const sigstore = createFakeSigstore();
const branch = FAKE_IDENTITY.replace('refs/tags/v1.2.3', 'refs/heads/main');

/** xorshift32. */
function createRandom(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (end: number) => next() % Math.max(1, end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  return { below, pick };
}
type Random = ReturnType<typeof createRandom>;

// biome-ignore lint/suspicious/noExplicitAny: JSON
type Json = any;

function pathsOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.keys(value).flatMap((key) => pathsOf(value[key], [...path, key]));
  return path.length === 0 ? inside : [path, ...inside];
}

const at = (json: Json, path: (string | number)[]) => path.reduce((value, key) => value?.[key], json);

function mutateJson(json: Json, others: Json[], random: Random): Json {
  const changed = structuredClone(json);
  const path = random.pick(pathsOf(changed));
  const parent = at(changed, path.slice(0, -1));
  const key = path.at(-1)!;
  const value = parent[key];
  const foreign = random.pick(others);
  switch (random.below(8)) {
    case 0:
      parent[key] = structuredClone(at(foreign, path) ?? null);
      break;
    case 1:
      parent[key] = structuredClone(at(foreign, random.pick(pathsOf(foreign))));
      break;
    case 2:
      parent[key] = random.pick([null, 0, -1, 1e300, '', 'AAAA', [], {}, [value], { [key]: value }, true]);
      break;
    case 3:
      if (Array.isArray(parent)) parent.splice(Number(key), random.below(2), structuredClone(value));
      else delete parent[key];
      break;
    case 4:
      if (Array.isArray(value)) value.push(...structuredClone([at(foreign, path)].flat()));
      else parent[key] = [value, value];
      break;
    default:
      if (typeof value === 'string') parent[key] = mutateText(value, random);
      else if (typeof value === 'number') parent[key] = value + random.below(5) - 2;
  }
  return changed;
}

function mutateText(text: string, random: Random): string {
  if (text.startsWith('{')) {
    try {
      return JSON.stringify(mutateJson(JSON.parse(text), [JSON.parse(text)], random));
    } catch {
      // Not JSON any more.
    }
  }
  if (text.includes('\n')) {
    const lines = text.split('\n');
    const line = random.below(lines.length);
    switch (random.below(5)) {
      case 0:
        lines.splice(line, 1);
        break;
      case 1:
        lines.splice(line, 0, random.pick(lines));
        break;
      case 2:
        lines[line] = mutateText(lines[line]!, random);
        break;
      case 3:
        lines.reverse();
        break;
      default:
        lines[line] += random.pick([' ', '\r', '\t', '\u2014 x AAAAAAAA', '\u0000']);
    }
    return lines.join('\n');
  }
  if (text.length > 8 && /^[A-Za-z0-9+/]+=*$/.test(text)) {
    return mutateBytes(Buffer.from(text, 'base64'), random).toString('base64');
  }
  const place = random.below(text.length + 1);
  const some = random.pick(['', ' ', '0', 'a', '\u0000', '/', text]);
  return text.slice(0, place) + some + text.slice(place + random.below(3));
}

function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const inner = bytes.toString('utf8');
  if (/^\s*\{/.test(inner) || inner.startsWith('-----')) return Buffer.from(mutateText(inner, random));
  if (bytes[0] === 0x30 && random.below(3) > 0) {
    const changed = mutateDer(bytes, random);
    if (changed !== undefined) return changed;
  }
  const changed = Buffer.from(bytes);
  const place = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      changed[place] = changed[place]! ^ (1 << random.below(8));
      return changed;
    case 1:
      return changed.subarray(0, place);
    case 2:
      return Buffer.concat([changed, Buffer.from([random.below(256)])]);
    default:
      return Buffer.concat([changed.subarray(0, place), changed.subarray(place + 1 + random.below(4))]);
  }
}

interface Element {
  tag: number;
  value: Buffer | Element[];
}

function readDer(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < bytes.length; ) {
    const tag = bytes[i]!;
    let size = bytes[i + 1]!;
    i += 2;
    if (size > 0x80) {
      const count = size & 0x7f;
      size = bytes.subarray(i, i + count).reduce((sum, byte) => sum * 256 + byte, 0);
      i += count;
    }
    if (!(i + size <= bytes.length)) throw new Error('no DER');
    const content = bytes.subarray(i, i + size);
    elements.push({ tag, value: (tag & 0x20) !== 0 ? readDer(content) : content });
    i += size;
  }
  return elements;
}

function writeDer({ tag, value }: Element, long = false): Buffer {
  const content = Buffer.isBuffer(value) ? value : Buffer.concat(value.map((each) => writeDer(each)));
  const size = content.length;
  const minimal = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...(long ? [0x83, 0, size >> 8, size & 255] : minimal)]), content]);
}

function mutateDer(bytes: Buffer, random: Random): Buffer | undefined {
  let roots: Element[];
  try {
    roots = readDer(bytes);
  } catch {
    return undefined;
  }
  const lists: Element[][] = [];
  const visit = (list: Element[]) => {
    lists.push(list);
    for (const { value } of list) if (!Buffer.isBuffer(value)) visit(value);
  };
  visit(roots);
  const list = random.pick(lists.filter(({ length }) => length > 0));
  const place = random.below(list.length);
  const element = list[place]!;
  switch (random.below(7)) {
    case 0:
      list.splice(place, 1);
      break;
    case 1:
      list.splice(place, 0, element);
      break;
    case 2:
      list.push(...list.splice(place, 1));
      break;
    case 3:
      list[place] = random.pick(random.pick(lists)) ?? element;
      break;
    case 4:
      list[place] = {
        ...element,
        tag: random.pick([0x02, 0x04, 0x05, 0x0c, 0x30, 0x31, 0x80, 0xa0, 0xa3, 0x86]),
      };
      break;
    case 5:
      list[place] = { tag: 0x24, value: [element] };
      break;
    default:
      if (Buffer.isBuffer(element.value) && element.value.length > 0)
        list[place] = { ...element, value: mutateBytes(element.value, random) };
      else return writeDer(roots[0]!, true);
  }
  // An element that contains itself cannot be written.
  try {
    return Buffer.concat(roots.map((root) => writeDer(root)));
  } catch {
    return undefined;
  }
}

function mutateItem(item: SignatureItem, others: SignatureItem[], random: Random): SignatureItem {
  const parse = ({ bytes, annotations }: SignatureItem) => ({
    body: JSON.parse(Buffer.from(bytes).toString()),
    annotations: { ...annotations },
  });
  const { body, annotations } = mutateJson(parse(item), others.map(parse), random);
  // What a registry hands on has annotations that are texts.
  const texts = Object.entries(annotations ?? {}).filter(([, value]) => typeof value === 'string');
  return {
    format: item.format,
    bytes: Buffer.from(JSON.stringify(body ?? null)),
    annotations: Object.fromEntries(texts) as Record<string, string>,
  };
}

const bundles = (options: object) =>
  (['v1', 'v2'] as const).flatMap((rekor) => [
    sigstore.signKeyless({ digest: DIGEST, rekor, timestamp: true, ...options }),
    sigstore.signKeyless({
      digest: DIGEST,
      rekor,
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
      ...options,
    }),
  ]);

const asItem = (bundle: { bytes(): Uint8Array }): SignatureItem => ({
  format: 'bundle',
  bytes: bundle.bytes(),
  annotations: {},
});

const stranger = createFakeKey();
const good: SignatureItem[] = [
  ...bundles({}).map(asItem),
  asItem(sigstore.signWithKey({ digest: DIGEST, rekor: 'v1' })),
  { format: 'simple-signing', ...sigstore.signLegacy({ digest: DIGEST, keyless: true, timestamp: true }) },
  { format: 'dsse', ...sigstore.attestLegacy({ digest: DIGEST, keyless: true, timestamp: true }) },
  { format: 'simple-signing', ...sigstore.signLegacy({ digest: DIGEST }) },
];
const bad: SignatureItem[] = [
  ...bundles({ digest: OTHER_DIGEST }).map(asItem),
  ...bundles({ identity: branch, predicate: { by: 'a stranger' } }).map(asItem),
  ...bundles({ predicateType: 'https://example.com/scan/v1' }).map(asItem),
  ...bundles({ sct: false, issuer: 'https://issuer.example.com', predicate: {} }).map(asItem),
  asItem(sigstore.signWithKey({ digest: DIGEST, key: stranger, predicate: { by: 'a stranger' } })),
  asItem(sigstore.signWithKey({ digest: OTHER_DIGEST, rekor: 'v1' })),
  { format: 'simple-signing', ...sigstore.signLegacy({ digest: OTHER_DIGEST, keyless: true }) },
  { format: 'dsse', ...sigstore.attestLegacy({ digest: OTHER_DIGEST, keyless: true }) },
  { format: 'simple-signing', ...sigstore.signLegacy({ digest: DIGEST, key: stranger }) },
];

async function trusts(): Promise<SigstoreTrust[]> {
  return [
    await keylessTrust(sigstore),
    await keylessTrust(sigstore, { transparencyLog: 'optional', certificateTransparency: 'optional' }),
    await keyTrust(sigstore),
    await keyTrust(sigstore, { transparencyLog: 'optional' }),
    await keyTrust(sigstore, { transparencyLog: 'optional', root: undefined }),
  ];
}

test('what nobody trusted signed never holds', async () => {
  const random = createRandom(2026);
  const asked = await trusts();
  for (let round = 0; round < ROUNDS; round++) {
    let item = random.pick(bad);
    for (let depth = 0; depth <= random.below(3); depth++) item = mutateItem(item, bad, random);
    const { outcomes } = await verify(item, asked);
    const held = outcomes.filter(({ state }) => state === 'held');
    expect(held, Buffer.from(item.bytes).toString()).toEqual([]);
  }
});

test('what holds says what the good one said', async () => {
  const random = createRandom(1984);
  const asked = await trusts();
  let held = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const original = random.pick(good);
    const before = await verify(original, asked);
    let item = original;
    for (let depth = 0; depth <= random.below(2); depth++) item = mutateItem(item, [...bad, ...good], random);
    const after = await verify(item, asked);
    for (const [i, outcome] of after.outcomes.entries()) {
      if (outcome.state !== 'held') continue;
      held++;
      // It was good before; or a part of another good one was put in, which says the same.
      const identities = new Set([sigstore.key.fingerprint, before.outcomes[i]!.identities[0]]);
      expect(identities.has(outcome.identities[0]!) || outcome.identities[0]!.endsWith(FAKE_IDENTITY)).toBe(
        true,
      );
      expect(after.evidence.signer?.subject ?? FAKE_IDENTITY).toBe(FAKE_IDENTITY);
      expect(after.evidence.signedAt ?? '2026-11-23T12:00:00.000Z').toBe('2026-11-23T12:00:00.000Z');
    }
  }
  expect(held).toBeGreaterThan(20);
});
