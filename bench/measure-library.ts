import { runLibrary } from './helm.ts';
import { median } from './table.ts';

export interface Cost {
  wallMs: number;
  cpuMs: number;
}

/** Helm's library in a warm process, for both charts. */
export async function measureLibrary(
  program: string,
  charts: { small: string; large: string },
): Promise<{ small: Cost; large: Cost }> {
  const small = await runLibrary(program, charts.small, 150);
  const large = await runLibrary(program, charts.large, 10);
  return {
    small: { wallMs: median(small.wallMs), cpuMs: small.cpuMs },
    large: { wallMs: median(large.wallMs), cpuMs: large.cpuMs },
  };
}
