import { judgeConformanceCase } from '../sigstore/conformance-case.ts';

// biome-ignore lint/style/noDefaultExport: what a Worker exports
export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await judgeConformanceCase(await request.json()));
  },
};
