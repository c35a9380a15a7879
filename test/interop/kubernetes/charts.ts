import type { Helm } from '../helm.ts';
import { NOBODY } from '../registries.ts';
import { spoil } from '../spoil.ts';
import { push } from '../unsigned-charts.ts';
import type { ChartPlace } from './objects.ts';

/** The charts of a suite, at an open registry and at one that is not there. */
export interface Charts {
  good: ChartPlace & { digest: string };
  /** The same chart in a later version, signed as well. */
  newer: ChartPlace & { digest: string };
  /** Signed once, with a byte changed since. */
  tampered: ChartPlace;
  unsigned: ChartPlace;
  /** Nothing listens there. */
  dead: ChartPlace;
}

/** Charts that must not pass. */
export const BAD = ['tampered', 'unsigned', 'dead'] as const satisfies readonly (keyof Charts)[];

/** Packages, signs and pushes with real Helm. @param folder keeps suites apart that share a registry */
export async function pushCharts(by: Helm, host: string, folder: string): Promise<Charts> {
  const [name, version] = ['app', '1.2.3'];
  const signed = await push(by, await by.package(name, version), host, `${folder}/charts`);
  const later = await push(by, await by.package(name, '1.3.0'), host, `${folder}/charts`);
  await push(by, await by.package(name, version, { sign: false }), host, `${folder}/unsigned`);
  const tampered = await spoil(host, signed, 'archive');
  const at = (where: string): ChartPlace => ({ host, folder: where, name, version });
  return {
    good: { ...at(`${folder}/charts`), digest: signed.digest },
    newer: { ...at(`${folder}/charts`), version: '1.3.0', digest: later.digest },
    tampered: at(tampered.repository.slice(0, -`/${name}`.length)),
    unsigned: at(`${folder}/unsigned`),
    dead: { ...at(`${folder}/charts`), host: NOBODY },
  };
}
