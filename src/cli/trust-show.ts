import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { SHIPPED_PUBLIC_GOOD } from '../config/index.ts';
import type { Io } from '../platform/node/io.ts';
import { readShipped } from '../platform/node/read-shipped.ts';
import { toSafeJson } from '../report/index.ts';
import {
  type DescribedAuthority,
  type DescribedLog,
  type DescribedPeriod,
  type DescribedRoot,
  describeTrustedRoot,
} from '../sigstore/index.ts';
import { EXIT } from './exit-status.ts';
import { readNamedFile } from './files.ts';

/** `chartseal trust show`: whom a trusted root trusts. @throws ChartsealError `sigstore.root_invalid`, `file.unreadable` */
export async function trustShowCommand(
  file: string | undefined,
  options: { format: string },
  io: Io,
): Promise<number> {
  const bytes =
    file === undefined
      ? await readShipped(SHIPPED_PUBLIC_GOOD)
      : await readNamedFile(file, io.cwd, 'the trusted root');
  const facts = await describe(bytes, file ?? 'the public-good root', io.clock());
  if (options.format === 'json') {
    io.stdout.write(`${toSafeJson(facts)}\n`);
    return EXIT.allow;
  }
  const lines = [
    `trusted root  ${facts.digest}`,
    ...section('transparency logs, which show that a signature was made public', facts.tlogs.map(logLine)),
    ...section(
      'certificate authorities, which say who signs',
      facts.certificateAuthorities.flatMap(authorityLines),
    ),
    ...section('certificate logs, which show that a certificate was made public', facts.ctlogs.map(logLine)),
    ...section(
      'timestamp authorities, which say when it was signed',
      facts.timestampAuthorities.flatMap(authorityLines),
    ),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.allow;
}

// The same words for every file would not say which one it is.
async function describe(bytes: Uint8Array, file: string, now: number): Promise<DescribedRoot> {
  try {
    return await describeTrustedRoot(bytes, now);
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    throw new ChartsealError(error.code, `${clean(file)}: ${error.message}`, { cause: error });
  }
}

function section(title: string, lines: string[]): string[] {
  return ['', title, ...(lines.length === 0 ? ['  none'] : lines)];
}

function logLine(log: DescribedLog): string {
  return `  ${clean(log.url)}: ${log.key}, ${inWords(log)}`;
}

function authorityLines(authority: DescribedAuthority): string[] {
  return [
    `  ${clean(authority.url)}: ${clean(authority.name)}, ${inWords(authority)}`,
    ...authority.certificates.map(
      ({ subject, expires }) => `    certificate ${clean(subject)}, until ${day(expires)}`,
    ),
  ];
}

function inWords({ from, to, state }: DescribedPeriod): string {
  if (from === null && to === null) return 'always';
  if (to === null) return state === 'not yet' ? `not before ${day(from)}` : `since ${day(from)}`;
  const range = from === null ? `until ${day(to)}` : `from ${day(from)} until ${day(to)}`;
  return state === 'valid' ? range : `${range} (${state})`;
}

function day(time: string | null): string {
  return time?.slice(0, 10) ?? '';
}
