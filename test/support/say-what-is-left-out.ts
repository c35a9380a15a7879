import { vectorsDir } from './vectors.ts';

/** Says once, at the end of a run, that suites were left out because the shared vectors are not beside this clone. */
export function teardown(): void {
  if (vectorsDir !== undefined) return;
  process.stdout.write(
    'left out: the suites that read ../shared/vectors (real charts, provenance, cosign and hostile vectors), which is not there\n',
  );
}
