import type { KubeObject, ObjectReader, ObjectRef } from '../../admission/index.ts';
import type { Clock } from '../../base/clock.ts';
import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { type KubeApi, MAX_ANSWER_BYTES } from './kube-api.ts';

/** Which versions and names of kinds there are changes when CRDs are installed. */
const DISCOVERY_LIFETIME_MS = 60_000;
const PAGE = 250;
const MAX_PAGES = 20;
/** Of all pages of one list. */
const MAX_LIST_BYTES = 2 * MAX_ANSWER_BYTES;

const GIVEN_UP = 'API server: given up before there was an answer';

// What can be a segment of a path: names by RFC 1123, and a little more that some objects have.
const NAME = /^[a-z0-9A-Z]([-a-z0-9A-Z.:_]{0,251}[a-z0-9A-Z])?$/;

interface Resource {
  /** `/apis/GROUP/VERSION` or `/api/v1`. */
  base: string;
  plural: string;
  namespaced: boolean;
}

/**
 * Reads objects from the API server.
 *
 * They are not kept, and not read from a watch: who may change a HelmRepository could otherwise have a release judged
 * by what the repository was a moment ago. Only which kinds there are is kept, for a minute.
 */
export function createKubeReader(api: KubeApi, clock: Clock): ObjectReader {
  const discovered = new Map<string, { kinds: Map<string, Resource>; at: number }>();

  const kindsOf = async (group: string): Promise<Map<string, Resource>> => {
    const known = discovered.get(group);
    if (known !== undefined && clock() - known.at < DISCOVERY_LIFETIME_MS) return known.kinds;
    const kinds = await discover(group, api.getJson);
    discovered.set(group, { kinds, at: clock() });
    return kinds;
  };

  // One list at a time: each may be large, and whoever may change a HelmRepository can have as many made as he likes. Those
  // that nobody waits for any more are not made, so that the others do not wait for them.
  let lists: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = lists.then(work);
    lists = mine.catch(() => {});
    return mine;
  };

  const resourceOf = async (group: string, kind: string): Promise<Resource | undefined> => {
    if (group !== '' && !NAME.test(group)) return undefined;
    const found = (await kindsOf(group)).get(kind);
    // A CRD may have been installed since.
    if (found === undefined) discovered.delete(group);
    return found;
  };

  return {
    async get({ group, kind, namespace, name }: ObjectRef): Promise<KubeObject | undefined> {
      const resource = await resourceOf(group, kind);
      const place = resource && placeOf(resource, namespace);
      if (place === undefined || !NAME.test(name)) return undefined;
      return api.getJson(`${place}/${name}`);
    },
    list: (...asked) => inTurn(() => listAll(...asked)),
  };

  async function listAll(
    group: string,
    kind: string,
    namespace: string | undefined,
    wanted: (object: unknown) => boolean = () => true,
    signal?: AbortSignal,
  ): Promise<KubeObject[]> {
    // Those who wait for their turn must not wait for lists that are of no use to anybody.
    const goOn = () => {
      if (signal?.aborted) throw new ChartsealError('k8s.unavailable', GIVEN_UP, { retryable: true });
    };
    goOn();
    const resource = await resourceOf(group, kind);
    if (resource === undefined) return [];
    const place =
      namespace === undefined ? `${resource.base}/${resource.plural}` : placeOf(resource, namespace);
    if (place === undefined) return [];
    const found: KubeObject[] = [];
    const left = { bytes: MAX_LIST_BYTES };
    let next = '';
    for (let page = 0; page < MAX_PAGES; page++) {
      goOn();
      const query = `limit=${PAGE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
      const answer = await api.getJson(`${place}?${query}`, left);
      if (answer === undefined) return found;
      const { items } = answer;
      if (!Array.isArray(items)) throw new ChartsealError('k8s.unavailable', `API server, ${place}: no list`);
      // Items of a list may carry neither, as the list says it for all.
      const apiVersion = resource.base.replace(/^\/apis?\//, '');
      for (const item of items) {
        const object = isObject(item) ? { apiVersion, kind, ...item } : undefined;
        if (object !== undefined && wanted(object)) found.push(object);
      }
      const metadata = answer.metadata;
      next = isObject(metadata) && typeof metadata.continue === 'string' ? metadata.continue : '';
      if (next === '') return found;
    }
    throw new ChartsealError(
      'limit.charts',
      `there are more than ${PAGE * MAX_PAGES} objects of kind ${clean(kind)}`,
    );
  }
}

// The preferred version first: of a kind that is in several, that is the one the API server would rather give.
async function discover(
  group: string,
  getJson: (path: string) => Promise<Record<string, unknown> | undefined>,
): Promise<Map<string, Resource>> {
  const bases =
    group === ''
      ? ['/api/v1']
      : versionsOf(await getJson(`/apis/${group}`)).map((one) => `/apis/${group}/${one}`);
  const kinds = new Map<string, Resource>();
  for (const base of bases.slice(0, 10)) {
    const resources = (await getJson(base))?.resources;
    for (const one of Array.isArray(resources) ? resources : []) {
      if (!isObject(one) || typeof one.kind !== 'string' || typeof one.name !== 'string') continue;
      if (!NAME.test(one.name) || kinds.has(one.kind)) continue;
      kinds.set(one.kind, { base, plural: one.name, namespaced: one.namespaced === true });
    }
  }
  return kinds;
}

function versionsOf(group: Record<string, unknown> | undefined): string[] {
  const all = [group?.preferredVersion, ...(Array.isArray(group?.versions) ? group.versions : [])];
  const names = all.map((one) => (isObject(one) ? one.version : undefined));
  return [...new Set(names)].filter((one) => typeof one === 'string' && NAME.test(one)) as string[];
}

function placeOf({ base, plural, namespaced }: Resource, namespace: string | undefined): string | undefined {
  if (!namespaced) return `${base}/${plural}`;
  return namespace !== undefined && NAME.test(namespace)
    ? `${base}/namespaces/${namespace}/${plural}`
    : undefined;
}
