import { readFileSync } from 'node:fs';
import { PROVENANCE_DENIED } from './expected-provenance.ts';
import { vectorsDir } from './vectors.ts';

/** A chart with a provenance that is rightly allowed. */
export interface GoodVector {
  title: string;
  /** Trust name, and the first part of the repository. */
  trust: string;
  name: string;
  version: string;
  archive: Uint8Array;
  prov: Uint8Array;
}

export interface GoodVectors {
  vectors: GoodVector[];
  /** Key file of each trust name. */
  keys: Map<string, Uint8Array>;
}

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** The well signed charts among the fixtures. */
export function goodFixtures(): GoodVectors {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, FIXTURES)));
  const keys = new Map(
    ['release', 'expired', 'ed25519'].map((name) => [`fixture-${name}`, read(`keys/${name}.asc`)]),
  );
  const vectors = [
    ['app-1.2.3', 'release'],
    ['app-1.0.0', 'release'],
    ['app-1.2.3+build.7', 'release'],
    ['umbrella-0.3.0', 'release'],
    ['legacy-0.1.0', 'release'],
    ['helm-3.21.3/app-1.2.3', 'release'],
    ['expired/app-1.2.3', 'expired'],
    ['ed25519/app-1.2.3', 'ed25519'],
  ].map(([path = '', key]): GoodVector => {
    const [, name = '', version = ''] = /([a-z]+)-([^/]*)$/.exec(path) ?? [];
    const archive = read(`demo/${path}.tgz`);
    const prov = read(`demo/${path}.tgz.prov`);
    return { title: path, trust: `fixture-${key}`, name, version, archive, prov };
  });
  return { vectors, keys };
}

/** The provenance vectors that chartseal allows; none when the shared vectors are not there. */
export function goodSharedVectors(): GoodVectors {
  const keys = new Map<string, Uint8Array>();
  if (vectorsDir === undefined) return { vectors: [], keys };
  const read = (name: string) => new Uint8Array(readFileSync(`${vectorsDir}/provenance/${name}`));
  const [, ...rows] = readFileSync(`${vectorsDir}/provenance/expected.tsv`, 'utf8').trimEnd().split('\n');
  const vectors = rows.flatMap((row): GoodVector[] => {
    const [title = '', keyring = '', file = ''] = row.split('\t');
    if (title in PROVENANCE_DENIED) return [];
    const trust = keyring.replace(/\.pub.*$/, '');
    keys.set(trust, read(keyring));
    const [, name = '', version = ''] = /^([a-z]+)-(.*)\.tgz$/.exec(file) ?? [];
    return [{ title, trust, name, version, archive: read(file), prov: read(title) }];
  });
  return { vectors, keys };
}
