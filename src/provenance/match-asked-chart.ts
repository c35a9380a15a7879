import type { Code } from '../base/codes.ts';
import type { Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';

/** The chart that was asked for, as a reference or the name of a local file says it. */
export interface AskedChart {
  /** File names Helm would look for in the `files` map; for a local file its own name. */
  fileNames: string[];
  /** Last segment of the repository; absent for a local file. */
  name?: string | undefined;
  /** The tag as it stands in the registry (`_` for `+`); absent when only a digest was given. */
  tag?: string | undefined;
}

/** What policies may allow where mirrors rename charts. */
export type UnsafeMatch = 'renamed' | 'retagged';

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * Is the signed chart the one that was asked for? A signature over the right bytes of the wrong chart is an attack: an
 * old version retagged as a new one. Either the signed `files` map names a file that Helm would look for, with this
 * digest, or signed name and version are those of the reference.
 * @param digest of the archive, `sha256:…`
 * @returns `holds`, and the reasons: against it, or facts worth stating when it holds
 */
export function matchAskedChart(
  signed: { name: string; version: string; files: Readonly<Record<string, string>> },
  digest: string,
  asked: AskedChart,
  unsafeAllow: readonly UnsafeMatch[],
): { holds: boolean; reasons: Reason[] } {
  for (const fileName of asked.fileNames) {
    const named = Object.hasOwn(signed.files, fileName) ? signed.files[fileName] : undefined;
    if (named === digest) return { holds: true, reasons: [] };
    if (named !== undefined) {
      return fails(
        'pgp.digest_mismatch',
        `the signed text names ${named} for ${clean(fileName)}; the archive is ${digest}`,
      );
    }
  }
  const findings =
    asked.name === undefined
      ? matchFileName(signed, asked.fileNames)
      : matchReference(signed, asked.name, asked.tag);
  const reasons = findings.map(({ code, message }): Reason => {
    if (code === 'chart.name_mismatch' && unsafeAllow.includes('renamed'))
      return reason('chart.renamed', message);
    if (code === 'chart.version_mismatch' && unsafeAllow.includes('retagged')) {
      return reason('chart.retagged', message);
    }
    return reason(code, message);
  });
  const holds = !reasons.some(
    ({ code }) => code === 'chart.name_mismatch' || code === 'chart.version_mismatch',
  );
  return { holds, reasons };
}

interface Finding {
  code: Code;
  message: string;
}

function matchReference(signed: { name: string; version: string }, name: string, tag?: string): Finding[] {
  const findings: Finding[] = [];
  if (signed.name !== name) {
    findings.push({
      code: 'chart.name_mismatch',
      message: `"${clean(name)}" was asked for; the signed chart is "${clean(signed.name)}"`,
    });
  }
  if (tag !== undefined) findings.push(...matchTag(signed.version, tag));
  return findings;
}

function matchTag(version: string, tag: string): Finding[] {
  const claimed = tag.replaceAll('_', '+');
  if (claimed === version) return [];
  const [bareTag, bareVersion] = [claimed.replace(/^v/, ''), version.replace(/^v/, '')];
  const vPrefix = claimed.startsWith('v') !== version.startsWith('v');
  const stated: Finding[] = vPrefix
    ? [
        {
          code: 'chart.v_prefix',
          message: `the tag is "${clean(tag)}", the signed version "${clean(version)}"`,
        },
      ]
    : [];
  if (bareTag === bareVersion) return stated;
  const differs: Finding = {
    code: 'chart.version_mismatch',
    message: `version ${clean(claimed)} was asked for; the signed chart is of version "${clean(version)}"`,
  };
  if (/^\d+(\.\d+)?$/.test(bareTag)) {
    return bareVersion.startsWith(`${bareTag}.`) ? stated : [differs];
  }
  if (SEMVER.test(bareTag)) return [differs];
  return [
    {
      code: 'chart.tag_unversioned',
      message: `${tag === '' ? 'the file name' : `the tag "${clean(tag)}"`} claims no version; the signed chart is of version "${clean(version)}"`,
    },
  ];
}

/** A local file's name stands for name and tag, as "NAME-VERSION.tgz". */
function matchFileName(signed: { name: string; version: string }, fileNames: readonly string[]): Finding[] {
  const [fileName] = fileNames;
  if (fileName === undefined) {
    return [
      {
        code: 'chart.name_mismatch',
        message: 'neither a reference nor a file name says which chart is meant',
      },
    ];
  }
  const stem = fileName.replace(/\.(tgz|tar\.gz)$/i, '');
  if (stem === signed.name) return matchTag(signed.version, '');
  const rest = stem.startsWith(`${signed.name}-`) ? stem.slice(signed.name.length + 1) : '';
  // "app-operator-1.0.0.tgz" is a file of "app-operator", not of "app".
  if (/^v?\d/.test(rest)) return matchTag(signed.version, rest);
  return [
    {
      code: 'chart.name_mismatch',
      message: `the file is called "${clean(fileName)}"; the signed chart is "${clean(signed.name)}" of version "${clean(signed.version)}"`,
    },
  ];
}

function fails(code: Code, message: string): { holds: boolean; reasons: Reason[] } {
  return { holds: false, reasons: [reason(code, message)] };
}
