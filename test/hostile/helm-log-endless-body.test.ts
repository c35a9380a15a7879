import { describe, expect, it } from 'vitest';
import { accessOf, createHelmRekor, helmBody } from '../support/helm-log.ts';

/** A log that never ends its answer, or never begins it. */
describe('an endless answer of the log', () => {
  function endless(chunk: string): { response: Response; bytes: () => number } {
    let bytes = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        bytes += chunk.length;
        controller.enqueue(new TextEncoder().encode(chunk));
      },
    });
    return { response: new Response(body), bytes: () => bytes };
  }

  it('is cut at the limit of the index', async () => {
    const box = await createHelmRekor();
    const { response, bytes } = endless(`"${'a'.repeat(1000)}",`);
    const search = box.search({ access: accessOf(async () => response) });
    await expect(search).rejects.toMatchObject({ code: 'sigstore.log_protocol', retryable: false });
    expect(bytes()).toBeLessThan(80_000);
  });

  it('is cut at the limit of an entry, and leaves the others', async () => {
    const box = await createHelmRekor();
    box.log(await helmBody());
    const bad = 'ab'.repeat(32);
    for (const ids of box.index.values()) ids.push(bad);
    const { response, bytes } = endless(' '.repeat(4096));
    const access = accessOf(async (url, init) => (url.endsWith(bad) ? response : box.fetch(url, init)));
    const { entries, incomplete } = await box.search({ access });
    expect(entries).toHaveLength(1);
    expect(incomplete?.code).toBe('sigstore.log_protocol');
    expect(bytes()).toBeLessThan(300_000);
  });

  it('that trickles ends with the deadline', async () => {
    const box = await createHelmRekor();
    const silent = new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    const limits = { requestTimeoutMs: 5, overallTimeoutMs: 20 };
    const search = box.search({ access: accessOf(async () => silent), limits });
    await expect(search).rejects.toMatchObject({ code: 'sigstore.log_unavailable', retryable: true });
  });
});
