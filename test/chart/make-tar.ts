import { gzipSync } from 'node:zlib';

/** One entry of a tar made for a test. */
export interface TarSpec {
  name: string | Uint8Array;
  body?: string | Uint8Array;
  /** Type flag; a regular file by default. */
  type?: string;
  link?: string;
  mode?: number;
  /** Size that the header claims; that of the body by default. */
  size?: number;
}

const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;

/** A USTAR header block and the body with its padding. */
export function tarEntry(spec: TarSpec): Buffer {
  const body = bytesOf(spec.body ?? '');
  const header = Buffer.alloc(512);
  header.set(bytesOf(spec.name).subarray(0, 100), 0);
  header.write(`${(spec.mode ?? 0o644).toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${(spec.size ?? body.length).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(spec.type ?? '0', 156);
  header.write(spec.link ?? '', 157);
  header.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
  return Buffer.concat([header, body, padding]);
}

export const END = Buffer.alloc(1024);

/** A tar with an end marker. */
export function makeTar(entries: TarSpec[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), END]);
}

export const CHART_YAML = 'apiVersion: v2\nname: app\nversion: 1.2.3\n';

/** A gzipped tar of a good chart `app` and further entries after it. */
export function makeChart(...entries: TarSpec[]): Buffer {
  return gzipSync(makeTar([{ name: 'app/Chart.yaml', body: CHART_YAML }, ...entries]));
}

/** Bytes as a stream, in chunks of the given size. */
export function streamOf(bytes: Uint8Array, size = 65_536): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + size));
      at += size;
    },
  });
}

/** Codes of the failing checks, each once, sorted. */
export function failures(facts: { checks: { outcome: string; code?: string }[] }): string[] {
  const codes = facts.checks.filter((check) => check.outcome === 'fail').map((check) => check.code ?? '');
  return [...new Set(codes)].sort();
}

/** Codes of the facts, each once, sorted. */
export function infos(facts: { checks: { outcome: string; code?: string }[] }): string[] {
  const codes = facts.checks.filter((check) => check.outcome === 'info').map((check) => check.code ?? '');
  return [...new Set(codes)].sort();
}
