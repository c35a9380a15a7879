import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { messageBlock, readArchive } from '../../src/chart/index.ts';
import { vectorsDir } from '../support/vectors.ts';
import { streamOf } from './make-tar.ts';

interface Case {
  dir: string;
  prov: string;
  archive: string;
}

const dir = `${vectorsDir}/real-charts/`;
const cases: Case[] = vectorsDir ? JSON.parse(readFileSync(`${dir}index.json`, 'utf8')) : [];

// SHA-256 of the message block that Helm 4.2.4's own loader and sigs.k8s.io/yaml make of each archive that is a chart.
const HELM = new Map(
  readFileSync(new URL('helm-4.2.4-message-blocks.tsv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t') as [string, string]),
);

const digestLine = (text: string): string => text.replace(/sha256:[0-9a-f]{64}\n$/, '\n');

/**
 * Why a published text differs from ours, tried in this order. Each says what it undoes in the texts; only if they are equal
 * afterwards does it explain the difference.
 */
const REASONS: { why: string; undo: (theirs: string, ours: string) => [string, string] }[] = [
  {
    why: 'made by Helm 2, whose metadata had the field "engine"; Helm 3 and 4 drop it',
    undo: (theirs, ours) => [theirs.replace('engine: gotpl\n', ''), ours],
  },
  {
    why: 'made by Helm 2, which left an absent apiVersion out; Helm 3 and 4 write v1',
    undo: (theirs, ours) => [theirs, ours.replace('apiVersion: v1\n', '')],
  },
  {
    why: "signed with gpg by the publisher's script, which leaves out the empty line before the separator",
    undo: (theirs, ours) => [theirs.replace('\n...\n', '\n\n...\n'), ours],
  },
  {
    why: 'signed for another archive than the one beside it',
    undo: (theirs, ours) => [digestLine(theirs), digestLine(ours)],
  },
  {
    why: 'made by Helm 2 (field "engine") for another archive than the one beside it',
    undo: (theirs, ours) => [digestLine(theirs.replace('engine: gotpl\n', '')), digestLine(ours)],
  },
  {
    why: 'made by Helm 2 (field "engine", no requirements.yaml merged) for another archive than the one beside it',
    undo: (theirs, ours) => [
      digestLine(theirs.replace('engine: gotpl\n', '')),
      digestLine(ours.replace(/^dependencies:\n(?:[- ] .*\n)+/m, '')),
    ],
  },
];
const PLUGIN = 'a Helm plugin, no chart';

/** The clearsigned text without dash escapes; nothing is verified here. Old Helms left out the last line end. */
function signedText(armored: string): string {
  const text = armored.replaceAll('\r\n', '\n');
  const start = text.indexOf('\n\n', text.indexOf('-----BEGIN PGP SIGNED MESSAGE-----')) + 2;
  const end = text.indexOf('-----BEGIN PGP SIGNATURE-----');
  return `${text.slice(start, end).replace(/^- /gm, '').replace(/\n+$/, '')}\n`;
}

describe.skipIf(!vectorsDir)('message blocks of real charts, made again from the archives', () => {
  let equal = 0;
  let equalToCurrent = 0;
  const differ: string[] = [];

  test.each(cases)('$dir', async ({ dir: folder, archive, prov }) => {
    const facts = await readArchive(streamOf(readFileSync(`${dir}${folder}/${archive}`)));
    const theirs = signedText(readFileSync(`${dir}${folder}/${prov}`, 'utf8'));
    const ours = messageBlock(facts.metadata, archive, facts.digest);
    if (facts.checks.some((check) => check.code === 'archive.no_chart')) {
      expect(HELM.has(folder)).toBe(false); // Helm refuses it too
      differ.push(`${folder}/${archive}: ${PLUGIN}`);
      return;
    }
    expect(createHash('sha256').update(ours).digest('hex')).toBe(HELM.get(folder));
    equalToCurrent++;
    if (ours === theirs) {
      equal++;
      return;
    }
    const reason = REASONS.find(({ undo }) => {
      const [left, right] = undo(theirs, ours);
      return left === right;
    });
    if (reason === undefined) expect(ours).toBe(theirs);
    differ.push(`${folder}/${archive}: ${reason!.why}`);
  });

  test('the numbers', () => {
    const count = (words: string): number => differ.filter((line) => line.includes(words)).length;
    expect({
      equal,
      equalToCurrent,
      helm2: count('made by Helm 2'),
      script: count('signed with gpg'),
      otherArchive: count(': signed for another'),
      plugins: count(PLUGIN),
    }).toEqual({ equal: 22, equalToCurrent: 47, helm2: 22, script: 1, otherArchive: 2, plugins: 10 });
  });

  afterAll(() => {
    const lines = [
      `${equal} of ${cases.length} message blocks are byte-equal to the published ones.`,
      `${equalToCurrent} of ${HELM.size} are byte-equal to what Helm 4.2.4 makes of the same archives.`,
      'These differ from the published ones:',
      ...differ.map((line) => `  ${line}`),
    ];
    console.log(lines.join('\n'));
  });
});
