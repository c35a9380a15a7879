import { clean } from '../../base/text.ts';
import { parseReference, type Reference } from '../../oci/index.ts';
import { shownUrl } from '../shown-url.ts';
import { field } from './fields.ts';
import type { Kind } from './kind.ts';
import { nameChart } from './name-chart.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin, unresolved } from './use.ts';

const AT = ['spec', 'forProvider', 'chart'];

const PIN: Pin = { field: [...AT, 'digest'], replaces: false };
const URL_PIN: Pin = { why: 'a digest beside a url is not looked at' };

const READ = {
  resource: 'releases',
  kind: 'Release',
  pins: 'field',
  read: (object) => [readRelease(field(object, ...AT))],
} as const satisfies Omit<Kind, 'group' | 'versions'>;

/**
 * Release of Crossplane's provider-helm, of the cluster (crossplane-contrib/provider-helm
 * apis/cluster/release/v1beta1/types.go, pkg/clients/helm/client.go).
 */
export const crossplaneRelease: Kind = {
  ...READ,
  group: 'helm.crossplane.io',
  versions: ['v1beta1', 'v1alpha1'],
};

/** The same in a namespace, since its version 1. */
export const crossplaneNamespacedRelease: Kind = {
  ...READ,
  group: 'helm.m.crossplane.io',
  versions: ['v1beta1'],
};

function readRelease(chart: unknown): ChartUse {
  const read = readTexts(chart, AT, ['url', 'repository', 'name', 'version', 'digest']);
  if (!read.ok) return read.use;
  const { url, repository, name, version, digest } = read.texts;
  const common = { segments: AT, dialect: 'helm', version, digest, pin: PIN } as const;
  if (url !== '') {
    if (!url.startsWith('oci://')) return notOci([...AT, 'url'], 'http', shownUrl(url), url);
    const written = read.texts;
    // PullAndLoadChart takes what the url says, and of digest and url only looks whether two digests differ.
    if (digest !== '' && !hasDigest(url)) {
      const why = 'provider-helm does not look at a digest beside a url: write it into the url';
      return unresolved([...AT, 'digest'], 'invalid', why, written);
    }
    if (version !== '' && hasNeitherTagNorDigest(url)) {
      const why =
        'older releases of provider-helm take the latest for a url without a tag, newer ones the version';
      return unresolved([...AT, 'url'], 'invalid', `${why}: write the tag into the url`, written);
    }
    return nameChart({ ...common, pin: URL_PIN, reference: url, takesTag: true });
  }
  if (!repository.startsWith('oci://'))
    return notOci(AT, 'http', `${clean(name)} in ${shownUrl(repository)}`, read.texts);
  return nameChart({ ...common, reference: `${repository.replace(/\/$/, '')}/${name}` });
}

function hasNeitherTagNorDigest(url: string): boolean {
  const reference = readReference(url);
  return reference !== undefined && reference.tag === undefined && reference.digest === undefined;
}

function hasDigest(url: string): boolean {
  return readReference(url)?.digest !== undefined;
}

function readReference(url: string): Reference | undefined {
  try {
    return parseReference(url);
  } catch {
    return undefined;
  }
}
