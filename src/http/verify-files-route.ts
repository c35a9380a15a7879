import { readArchive } from '../chart/index.ts';
import type { Report } from '../report/index.ts';
import { verifyFiles } from '../verify-files.ts';
import { chooseFormat } from './choose-format.ts';
import type { AppDependencies } from './dependencies.ts';
import { readFiles } from './read-files.ts';
import { reportResponse } from './respond.ts';
import { readStatusMode } from './verify-route.ts';

/** Answers `POST /v1/verify/files`: an archive and its provenance, without a registry. */
export async function verifyFilesRoute(
  request: Request,
  dependencies: AppDependencies,
): Promise<{ response: Response; report: Report }> {
  const { config, clock, newId } = dependencies;
  const startedAt = clock();
  const query = new URL(request.url).searchParams;
  const format = chooseFormat(query.get('format') ?? undefined, request.headers.get('accept') ?? undefined);
  const statusFromVerdict = readStatusMode(query.get('status'));
  const { limits } = config;
  const files = await readFiles(
    request,
    { total: limits.filesBytes, provenance: limits.provenanceBytes },
    readArchive,
  );
  const report = await verifyFiles(
    {
      archive: files.chart.value,
      fileName: files.chart.fileName,
      provenance: files.provenance,
      reference: files.reference,
      policy: files.policy,
      startedAt,
    },
    { config, clock, newId },
  );
  return { response: reportResponse(report, format, statusFromVerdict), report };
}
