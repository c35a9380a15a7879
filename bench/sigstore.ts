// npm run bench:sigstore: CPU of a verification beside @sigstore/verify called plainly, on the same bundles in one run.
// See README.md.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { readTrustedRoot, type SigstoreTrust, verifyBundle } from '../src/sigstore/index.ts';
import { figure, median, printGoals, printTable } from './table.ts';

const VECTORS = join(import.meta.dirname, '../../shared/vectors/sigstore');
const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';

const BUNDLES = [
  {
    what: 'message, public-good, Rekor v1',
    folder: 'happy-path-v0.3',
    root: 'trusted_root.public-good.json',
  },
  {
    what: 'statement, public-good, Rekor v1',
    folder: 'happy-path-intoto-in-dsse-v3',
    root: 'trusted_root.public-good.json',
  },
  {
    what: 'statement, Rekor v2 and timestamp',
    folder: 'rekor2-dsse-happy-path',
    root: 'rekor2-dsse-happy-path/trusted_root.json',
  },
];
const ROUNDS = 15;
const IN_A_ROUND = 10;

interface Figures {
  plainMs: number;
  oursMs: number;
}

/** CPU milliseconds of one call, of all threads of this process. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < IN_A_ROUND; i++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / IN_A_ROUND;
}

async function measure(folder: string, rootFile: string): Promise<Figures> {
  const bytes = await readFile(join(VECTORS, folder, 'bundle.sigstore.json'));
  const artifact = await readFile(join(VECTORS, 'a.txt'));
  const rootBytes = await readFile(join(VECTORS, rootFile));
  // Both sides have their trust material parsed; each verification starts from the bytes of the bundle.
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(rootBytes.toString())));
  const plain = () =>
    new Verifier(material).verify(toSignedEntity(bundleFromJSON(JSON.parse(bytes.toString())), artifact));
  const trust: SigstoreTrust = {
    scheme: 'sigstore',
    name: 'bench',
    identity: {
      kind: 'keyless',
      issuer: 'https://token.actions.githubusercontent.com',
      subjects: [IDENTITY],
      extensions: new Map(),
    },
    predicateTypes: ['https://slsa.dev/provenance/v1'],
    annotations: new Map(),
    transparencyLog: 'required',
    certificateTransparency: 'required',
    root: await readTrustedRoot(rootBytes),
  };
  const ours = async () => {
    const { outcomes } = await verifyBundle({
      bundle: bytes,
      artifact: { bytes: artifact },
      source: { kind: 'file', digest: null },
      trusts: [trust],
      blockedSigners: [],
      blockedIdentities: [],
    });
    if (outcomes[0]?.state !== 'held') throw new Error(`${folder} does not hold`);
  };
  for (let i = 0; i < 30; i++) {
    plain();
    await ours();
  }
  const samples: { plain: number; ours: number }[] = [];
  // In turns, so that whatever else the machine does meets both.
  for (let i = 0; i < ROUNDS; i++) samples.push({ plain: await cpuOf(plain), ours: await cpuOf(ours) });
  return {
    plainMs: median(samples.map((sample) => sample.plain)),
    oursMs: median(samples.map((sample) => sample.ours)),
  };
}

if (!existsSync(VECTORS)) {
  console.log(`nothing measured: the bundles are read from ${VECTORS}, which is not there`);
} else {
  console.log(
    `sigstore: Node ${process.versions.node}, ${cpus()[0]?.model ?? 'unknown processor'}, load ${loadavg()[0]!.toFixed(1)}`,
  );
  const measured: (Figures & { what: string })[] = [];
  for (const { what, folder, root } of BUNDLES) measured.push({ what, ...(await measure(folder, root)) });
  printTable(
    'CPU of one verification, trust material parsed (medians)',
    ['', 'chartseal ms', '@sigstore/verify ms'],
    measured.map(({ what, oursMs, plainMs }) => [what, figure(oursMs), figure(plainMs)]),
  );
  printGoals(
    measured.map(({ what, oursMs, plainMs }) => ({
      what: `chartseal / @sigstore/verify: ${what}`,
      value: oursMs / plainMs,
      unit: '×',
      atMost: 0.5,
    })),
  );
}
