import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CosignFlags, cosignFlagsOf } from '../../src/sigstore/cosign/flags.ts';
import type { SigstoreTrust } from '../../src/sigstore/index.ts';
import { predictWithFlags } from '../../src/sigstore/predict-cosign.ts';
import {
  type CosignLine,
  keyOfFile,
  readCase,
  readCosignLines,
  readItems,
  rootOfFile,
  SIGNED_AROUND,
} from '../support/cosign-vectors.ts';
import { vectorsDir } from '../support/vectors.ts';

// Flags that no trust entry stands for.
const BEYOND = ['--experimental-oci11'];

interface Asked {
  trust: SigstoreTrust;
  flags: CosignFlags;
}

/** The trust entry and the flags that a recorded command line stands for. */
function read(dir: string, line: CosignLine): Asked {
  const values = new Map<string, string>();
  const annotations = new Map<string, string>();
  const { args } = line;
  for (let i = 0; i < args.length; i++) {
    const name = args[i] ?? '';
    if (
      ['--insecure-ignore-tlog', '--insecure-ignore-sct', '--use-signed-timestamps', '--offline'].includes(
        name,
      )
    ) {
      values.set(name, 'true');
    } else if (name === '-a') {
      const [key = '', value = ''] = (args[++i] ?? '').split('=');
      annotations.set(key, value);
    } else values.set(name, args[++i] ?? '');
  }
  const key = values.get('--key');
  const root = values.get('--trusted-root');
  const extensions = new Map<string, string>();
  for (const [flag, name] of [
    ['--certificate-github-workflow-repository', 'githubWorkflowRepository'],
    ['--certificate-github-workflow-ref', 'githubWorkflowRef'],
    ['--certificate-github-workflow-trigger', 'githubWorkflowTrigger'],
  ] as const) {
    const value = values.get(flag);
    if (value !== undefined) extensions.set(name, value);
  }
  const trust: SigstoreTrust = {
    scheme: 'sigstore',
    name: 'signer',
    identity:
      key === undefined
        ? {
            kind: 'keyless',
            issuer: values.get('--certificate-oidc-issuer') ?? '',
            subjects: [values.get('--certificate-identity') ?? ''],
            extensions,
          }
        : { kind: 'key', key: keyOfFile(join(dir, 'cosign', line.case, key)) },
    predicateTypes: ['https://sigstore.dev/cosign/sign/v1'],
    annotations,
    transparencyLog: values.has('--insecure-ignore-tlog') ? 'optional' : 'required',
    certificateTransparency: values.has('--insecure-ignore-sct') ? 'optional' : 'required',
    root: root === undefined ? undefined : rootOfFile(join(dir, 'cosign', root)),
  };
  const [strict] = cosignFlagsOf({ ...trust, transparencyLog: 'required' });
  const flags: CosignFlags = {
    ...strict!,
    ignoreTlog: values.has('--insecure-ignore-tlog'),
    useSignedTimestamps: values.has('--use-signed-timestamps'),
    offline: values.has('--offline'),
    digest: (values.get('--signature-digest-algorithm') ?? 'sha256') as CosignFlags['digest'],
  };
  for (const [what, name] of [
    ['subject', '--certificate-identity-regexp'],
    ['issuer', '--certificate-oidc-issuer-regexp'],
  ] as const) {
    const regexp = values.get(name);
    if (regexp === undefined || flags.identity === undefined) continue;
    const matches = (text: string) => new RegExp(regexp).test(text);
    flags.identity = { ...flags.identity, [what]: { shown: regexp, regexp: true, matches } };
  }
  return { trust, flags };
}

function input(dir: string, line: CosignLine, trust: SigstoreTrust, now = SIGNED_AROUND) {
  return {
    items: readItems(dir, line.case),
    complete: { referrers: true, signatures: true },
    digest: readCase(dir, line.case).digest,
    trust,
    now,
  };
}

describe.skipIf(!vectorsDir)('the prediction for cosign', () => {
  const dir = vectorsDir ?? '';
  const lines = vectorsDir ? readCosignLines(dir) : [];
  const known = lines.filter(({ args }) => !args.some((arg) => BEYOND.includes(arg)));

  it.each(known.map((line) => [`${line.case} ${line.verify}`, line] as const))(
    'is what cosign said of %s',
    (_, line) => {
      const { trust, flags } = read(dir, line);
      const said = predictWithFlags(input(dir, line, trust), flags);
      expect(said).toMatchObject({ client: 'cosign', versions: '>=3', outcome: line.cosign });
      // The table has the first line of what cosign printed; the numbers of a failed proof follow on others.
      expect(said?.message.startsWith(line.error), `${said?.message} | ${line.error}`).toBe(true);
      if (line.error === '') expect(said?.message).toBe('');
    },
  );

  it('is what cosign said after the certificates had expired', () => {
    const later = Date.parse('2026-11-23T12:00:00Z');
    const said = readFileSync(join(dir, 'cosign', 'expected-after-expiry.tsv'), 'utf8')
      .trimEnd()
      .split('\n');
    const verdicts = new Map(
      said.map((line) => [line.split('\t').slice(0, 2).join(' '), line.split('\t')[3]]),
    );
    const differing = known.filter((line) => {
      const { trust, flags } = read(dir, line);
      const outcome = predictWithFlags(input(dir, line, trust, later), flags)?.outcome;
      return outcome !== verdicts.get(`${line.case} ${line.verify}`);
    });
    expect(differing.map((line) => `${line.case} ${line.verify}`)).toEqual([]);
  });

  it('covers all of the recorded runs but those with flags that no trust entry stands for', () => {
    expect(lines).toHaveLength(142);
    expect(
      lines.filter((line) => !known.includes(line)).map((line) => `${line.case} ${line.verify}`),
    ).toEqual(['legacy-oci11-zot experimental']);
  });
});
