import type { Code } from '../base/codes.ts';
import type { Verdict } from '../report/index.ts';

/** One chart of the demo: what is pushed where, and what the service must say of it. */
export interface DemoChart {
  title: string;
  repository: string;
  tag: string;
  /** Files below test/fixtures/demo. */
  archive: string;
  provenance?: string;
  /** Its registry takes the request and never answers. */
  stalls?: boolean;
  expected: { verdict: Verdict; code: Code };
}

export const DEMO_CHARTS: readonly DemoChart[] = [
  {
    title: 'well signed',
    repository: 'charts/app',
    tag: '1.2.3',
    archive: 'app-1.2.3.tgz',
    provenance: 'app-1.2.3.tgz.prov',
    expected: { verdict: 'allow', code: 'policy.satisfied' },
  },
  {
    title: 'a tampered archive under a good signature',
    repository: 'tampered/app',
    tag: '1.2.3',
    archive: 'tampered/app-1.2.3.tgz',
    provenance: 'tampered/app-1.2.3.tgz.prov',
    expected: { verdict: 'deny', code: 'pgp.digest_mismatch' },
  },
  {
    title: 'signed by a stranger',
    repository: 'stranger/app',
    tag: '1.2.3',
    archive: 'stranger/app-1.2.3.tgz',
    provenance: 'stranger/app-1.2.3.tgz.prov',
    expected: { verdict: 'deny', code: 'pgp.untrusted_key' },
  },
  {
    title: 'unsigned',
    repository: 'unsigned/app',
    tag: '1.2.3',
    archive: 'unsigned/app-1.2.3.tgz',
    expected: { verdict: 'deny', code: 'pgp.provenance_missing' },
  },
  {
    title: 'an old version, well signed, retagged as a new one',
    repository: 'charts/app',
    tag: '1.2.4',
    archive: 'app-1.0.0.tgz',
    provenance: 'app-1.0.0.tgz.prov',
    expected: { verdict: 'deny', code: 'chart.version_mismatch' },
  },
  {
    title: 'well signed, but its registry stalls',
    repository: 'stalled/app',
    tag: '1.2.3',
    archive: 'app-1.2.3.tgz',
    provenance: 'app-1.2.3.tgz.prov',
    stalls: true,
    expected: { verdict: 'inconclusive', code: 'registry.timeout' },
  },
];
