import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/admission/kinds/index.ts';
import { admissionWorld, ociRepository, reviewOf, SEGMENT, settle } from '../admission/support.ts';

// A review may have 8 MiB: all that an API server takes, twice. What is larger, deeper or of another shape is refused
// or answered, and never brings the service down.

const PATH = `/k/${SEGMENT}/admission/validate`;
const MIB = 1024 * 1024;
const world = await admissionWorld();
const send = (body: BodyInit, headers: Record<string, string> = {}) =>
  world.fetch(PATH, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);

const padded = (bytes: number) => {
  const object = { ...ociRepository('oci://elsewhere.test/charts/app'), padding: '' };
  const empty = JSON.stringify(reviewOf(object)).length;
  return JSON.stringify(reviewOf({ ...object, padding: 'x'.repeat(bytes - empty) }));
};

describe('the body of a review', () => {
  it('of 8 MiB is read', async () => {
    const body = padded(8 * MIB);
    expect(body.length).toBe(8 * MIB);
    const { response } = (await (await send(body)).json()) as { response: { status: { message: string } } };
    expect(response.status.message).toContain('registry.not_listed');
  });

  it('of more is refused, whether it says so or not', async () => {
    const body = padded(8 * MIB + 1);
    expect((await send(body)).status).toBe(413);
    const stream = new Blob([body]).stream();
    expect((await send(stream)).status).toBe(413);
    expect((await send(body, { 'content-length': '10' })).status).toBe(413);
  });

  it('without end is not read on', async () => {
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given += MIB;
        controller.enqueue(new Uint8Array(MIB).fill(0x20));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(given).toBeLessThanOrEqual(12 * MIB);
  });

  it('that stops coming is given up at the deadline', async () => {
    const own = await admissionWorld();
    const stalled = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"kind":')),
    });
    const pending = own.fetch(PATH, { method: 'POST', body: stalled, duplex: 'half' } as RequestInit);
    await new Promise((resolve) => setImmediate(resolve));
    own.timeIsUp();
    await settle();
    own.timeIsUp();
    expect((await pending).status).toBe(400);
  });

  // An API server itself takes JSON of 10,000 levels (k8s:apimachinery/pkg/util/json).
  it.each([
    ['lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['maps', `${'{"spec":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ])('with deeply nested %s in the object is answered', async (_, nested) => {
    for (const { group, versions, kind } of KINDS) {
      const object = `{"apiVersion":"${group}/${versions[0]}","kind":"${kind}","metadata":{"name":"x"},"spec":${nested}}`;
      const text = JSON.stringify(reviewOf({ apiVersion: 'v1', kind })).replace(
        /"object":\{[^}]*\}/,
        '"object":@',
      );
      const answer = await send(text.replace('@', object));
      expect([kind, answer.status]).toEqual([kind, 200]);
      const update = text.replace('@', object).replace('"oldObject":null', `"oldObject":${object}`);
      const again = await send(update.replace('"CREATE"', '"UPDATE"'));
      expect([kind, again.status]).toEqual([kind, 200]);
    }
  });

  it('with a prototype in it changes nothing but itself', async () => {
    const text = JSON.stringify(reviewOf(ociRepository('oci://elsewhere.test/a/b'))).replace(
      '"spec":{',
      '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"spec":{"__proto__":{"url":"oci://registry.test/a/b"},',
    );
    const { response } = (await (await send(text)).json()) as { response: { status: { message: string } } };
    expect(response.status.message).toContain('oci://elsewhere.test/a/b');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
