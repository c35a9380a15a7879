import { KEYS, VERSION } from './charts.ts';
import { pullAndVerify } from './helm.ts';
import { runToEnd } from './processes.ts';
import { CLI } from './stage.ts';
import { median } from './table.ts';

/** `chartseal verify` and `helm pull --verify` of the same chart, in turns; medians in milliseconds. */
export async function measureCommandLine(options: {
  reference: string;
  helm: string | undefined;
  /** Where Helm puts what it pulls. */
  pulled: string;
  runs: number;
}): Promise<{ chartseal: number; helm: number | undefined }> {
  const { reference, helm, pulled, runs } = options;
  const own: number[] = [];
  const others: number[] = [];
  const end = performance.now() + 15_000;
  for (let i = 0; i <= runs && (i < 4 || performance.now() < end); i++) {
    const mine = await verifyOnce(reference);
    const theirs = helm && (await pullAndVerify(helm, reference, pulled));
    // The first of each fills the caches of the file system, and chartseal's of compiled code.
    if (i === 0) continue;
    own.push(mine);
    if (typeof theirs === 'number') others.push(theirs);
  }
  return { chartseal: median(own), helm: others.length > 0 ? median(others) : undefined };
}

async function verifyOnce(reference: string): Promise<number> {
  const args = [CLI, 'verify', `${reference}:${VERSION}`, '--keyring', KEYS.armored, '--plain-http'];
  const startedAt = performance.now();
  const { status, stdout, stderr } = await runToEnd(process.execPath, args);
  if (status !== 0) throw new Error(`chartseal verify ended with ${status}:\n${stdout}${stderr}`);
  return performance.now() - startedAt;
}
