import type { TestService } from './service.ts';

export interface AskedFiles {
  chart: Uint8Array;
  /** Base name of the archive. */
  fileName: string;
  provenance?: Uint8Array;
  reference?: string;
  policy?: string;
}

/** Uploads an archive and its provenance to `/v1/verify/files` and returns the report (or problem). */
export async function askFiles(
  service: TestService,
  asked: AskedFiles,
  headers: Record<string, string>,
  // biome-ignore lint/suspicious/noExplicitAny: tests read reports and problems alike
): Promise<{ status: number; body: any }> {
  const form = new FormData();
  const file = (part: string, bytes: Uint8Array, name: string) =>
    form.append(part, new Blob([bytes as Uint8Array<ArrayBuffer>]), name);
  file('chart', asked.chart, asked.fileName);
  if (asked.provenance !== undefined) file('provenance', asked.provenance, `${asked.fileName}.prov`);
  if (asked.reference !== undefined) form.append('reference', asked.reference);
  if (asked.policy !== undefined) form.append('policy', asked.policy);
  const encoded = new Response(form);
  const response = await service.fetch('/v1/verify/files', {
    method: 'POST',
    headers: { ...headers, 'content-type': encoded.headers.get('content-type') ?? '' },
    body: await encoded.arrayBuffer(),
  });
  return { status: response.status, body: await response.json() };
}
