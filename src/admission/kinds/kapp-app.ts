import { clean } from '../../base/text.ts';
import { field } from './fields.ts';
import { readKappFetch } from './kapp-fetch.ts';
import type { Kind } from './kind.ts';
import { unresolved } from './use.ts';

/** App of kapp-controller. */
export const kappApp: Kind = {
  group: 'kappctrl.k14s.io',
  versions: ['v1alpha1'],
  resource: 'apps',
  kind: 'App',
  pins: 'annotation',
  read: (object) => readKappFetch(field(object, 'spec'), ['spec']),
};

/** Package: an App that a PackageInstall makes. */
export const kappPackage: Kind = {
  group: 'data.packaging.carvel.dev',
  versions: ['v1alpha1'],
  resource: 'packages',
  kind: 'Package',
  pins: 'annotation',
  read: (object) => readKappFetch(field(object, 'spec', 'template', 'spec'), ['spec', 'template', 'spec']),
};

/** PackageInstall: which Package it installs is a range over their names, and the App it makes is judged when made. */
export const kappPackageInstall: Kind = {
  group: 'packaging.carvel.dev',
  versions: ['v1alpha1'],
  resource: 'packageinstalls',
  kind: 'PackageInstall',
  pins: 'nothing',
  makes: ['App'],
  read(object) {
    const name = field(object, 'spec', 'packageRef', 'refName');
    const shown = typeof name === 'string' ? clean(name) : '';
    return [
      unresolved(
        ['spec', 'packageRef'],
        'reference',
        `a Package "${shown}" is chosen later; its App is judged then`,
      ),
    ];
  },
};
