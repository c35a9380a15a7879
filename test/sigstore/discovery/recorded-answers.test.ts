import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistryClient, parseDigest, parseReference } from '../../../src/oci/index.ts';
import { findSignatures } from '../../../src/sigstore/index.ts';
import { NOW } from '../../oci/support.ts';
import { vectorsDir } from '../../support/vectors.ts';
import { all } from './support.ts';

// Charts that real cosign signed, in real registries (zot has a referrers API, Docker Registry 2.8 has none): what the
// registries answered to each question of the search is answered again, and all that was signed must be found.

const DIR = vectorsDir && join(vectorsDir, 'cosign');
const CASES = DIR === undefined ? [] : readdirSync(DIR).filter((name) => /-(?:zot|reg2)$/.test(name));
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** An answer as it was recorded: request line, status line, headers, and the body after an empty line. */
function readAnswer(file: string): [path: string, answer: Answer] {
  const raw = readFileSync(file);
  const end = raw.indexOf('\n\n');
  const [request = '', status = '', ...lines] = raw.subarray(0, end).toString().split('\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = raw.subarray(end + 2, end + 2 + Number(headers['content-length']));
  return [request.replace('GET ', ''), { status: Number(status.split(' ')[1]), headers, body }];
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function load(name: string) {
  const dir = join(DIR ?? '', name);
  const files = readdirSync(dir);
  const read = (pattern: RegExp) =>
    files.filter((file) => pattern.test(file)).map((file) => readFileSync(join(dir, file)));
  const { digest, repo } = JSON.parse(readFileSync(join(dir, 'case.json'), 'utf8'));
  const answers = new Map(readdirSync(join(dir, 'http')).map((file) => readAnswer(join(dir, 'http', file))));
  const bundles = read(/^bundle(?:-\d)?\.json$/);
  const [sig, att] = [read(/^sig\.layer-/), read(/^att\.layer-/)];
  for (const body of read(/^referrer(?:-\d)?\.json$/)) {
    const headers = { 'content-type': OCI_MANIFEST };
    answers.set(`/v2/${repo}/manifests/${digestOf(body)}`, { status: 200, headers, body });
  }
  for (const body of [...bundles, ...sig, ...att]) {
    answers.set(`/v2/${repo}/blobs/${digestOf(body)}`, { status: 200, headers: {}, body });
  }
  return { digest, repo, answers, bundles, sig, att, read };
}

function search(name: string) {
  const { digest, repo, answers } = load(name);
  const asked: string[] = [];
  const client = createRegistryClient({
    clock: () => NOW,
    registries: [{ host: 'registry.example.com' }],
    async fetch(input) {
      const { pathname } = new URL(String(input));
      asked.push(pathname);
      const answer = answers.get(pathname);
      if (answer === undefined) throw new Error(`nothing was recorded for ${pathname}`);
      return new Response(new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
    },
  });
  const session = client.session();
  const subject = parseDigest(digest);
  const reference = parseReference(`oci://registry.example.com/${repo}@${digest}`);
  const found = all(
    findSignatures({
      session,
      reference,
      subject,
      referrers: () => session.listReferrers(reference, subject),
    }),
  );
  return { found, asked };
}

describe.skipIf(DIR === undefined)('recorded answers of registries', () => {
  it.each(CASES)('%s: everything that was signed is found', async (name) => {
    const { bundles, sig, att, read } = load(name);
    const { found, failures } = await search(name).found;
    expect(failures).toEqual([]);
    const expected = [
      ...bundles.map((body) => [
        'referrer',
        name === 'legacy-oci11-zot' ? 'simple-signing' : 'bundle',
        digestOf(body),
      ]),
      ...sig.map((body) => ['tag', 'simple-signing', digestOf(body)]),
      ...att.map((body) => ['tag', 'dsse', digestOf(body)]),
    ];
    const got = found.map(({ source, fetched }) =>
      fetched.ok ? [source.kind, fetched.value.format, digestOf(fetched.value.bytes)] : fetched.error.code,
    );
    expect(got.sort()).toEqual(expected.sort());
    // Legacy signatures are in the annotations of their layer, which must come along whole.
    const written = read(/^(?:sig|att)\.manifest\.json$/).flatMap(
      (body) => JSON.parse(body.toString()).layers as { annotations: Record<string, string> }[],
    );
    const tagged = found.filter(({ source }) => source.kind === 'tag');
    expect(tagged.map(({ fetched }) => fetched.ok && fetched.value.annotations)).toEqual(
      written.map(({ annotations }) => annotations),
    );
  });

  it('covers all layouts', () => {
    const kinds = CASES.map((name) => load(name)).map(({ bundles, sig, att }) =>
      [bundles.length, sig.length, att.length].join(),
    );
    expect([...new Set(kinds)].sort()).toEqual(['0,0,0', '0,0,1', '0,1,0', '1,0,0', '1,1,0', '2,0,0']);
    expect(CASES).toHaveLength(46);
  });

  it.each([
    ['key-p256-zot', ['referrers', 'bundle manifest', 'bundle', 'sig', 'att']],
    ['key-p256-reg2', ['referrers', 'fallback', 'bundle manifest', 'bundle', 'sig', 'att']],
    ['legacy-sig-zot', ['referrers', 'sig', 'payload', 'att']],
    ['legacy-sig-reg2', ['referrers', 'fallback', 'sig', 'payload', 'att']],
    ['unsigned-zot', ['referrers', 'sig', 'att']],
  ])('%s: to the end costs %j', async (name, steps) => {
    const { found, asked } = search(name);
    await found;
    expect(asked).toHaveLength(steps.length);
  });
});
