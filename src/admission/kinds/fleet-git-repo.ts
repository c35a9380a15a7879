import { shownUrl } from '../shown-url.ts';
import { field } from './fields.ts';
import type { Kind } from './kind.ts';
import { readTexts } from './read-texts.ts';
import { notOci } from './use.ts';

/** GitRepo of Fleet: which charts it installs stands in the fleet.yaml files of a Git repository. */
export const fleetGitRepo: Kind = {
  group: 'fleet.cattle.io',
  versions: ['v1alpha1'],
  resource: 'gitrepos',
  kind: 'GitRepo',
  pins: 'nothing',
  makes: ['Bundle', 'BundleDeployment'],
  read(object) {
    const read = readTexts(field(object, 'spec'), ['spec'], ['repo']);
    return read.ok
      ? [notOci(['spec', 'repo'], 'git', shownUrl(read.texts.repo), field(object, 'spec'))]
      : [read.use];
  },
};
