import { kindOfPath, readNamedFile } from './files.ts';

/**
 * The provenance of a local archive: the file named, or else `CHART.tgz.prov` if it is there. A missing file is no
 * error: the chart is unsigned then, and the report says so.
 * @throws ChartsealError file.unreadable when a file is there but cannot be read
 */
export async function readProvenance(
  chart: string,
  named: string | undefined,
  cwd: string,
): Promise<{ name: string; bytes: Uint8Array | undefined }> {
  const name = named ?? `${chart}.prov`;
  if (named === undefined && (await kindOfPath(name, cwd)) === 'nothing') return { name, bytes: undefined };
  return { name, bytes: await readNamedFile(name, cwd, named === undefined ? 'provenance' : '--provenance') };
}
