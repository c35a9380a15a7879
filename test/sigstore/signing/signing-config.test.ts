import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readSigningConfig } from '../../../src/sigstore/index.ts';
import { selectServices } from '../../../src/sigstore/signing/select-services.ts';
import {
  FULCIO,
  NOW,
  REKOR_1,
  REKOR_2,
  signingConfigJson,
  TSA,
} from '../../support/sigstore-services/index.ts';
import { vectorsDir } from '../../support/vectors.ts';

const ALL = ['fulcio', 'rekor1', 'rekor2', 'tsa'] as const;
// biome-ignore lint/suspicious/noExplicitAny: JSON
const config = (change?: (json: any) => void) => readSigningConfig(signingConfigJson([...ALL], change));
// biome-ignore lint/suspicious/noExplicitAny: JSON
const chosen = (change?: (json: any) => void, random = () => 0, at = NOW) =>
  selectServices(config(change), at, random);
const urls = (services: { url: string }[]) => services.map(({ url }) => url);
const log = (url: string, more: object = {}) => ({
  url,
  majorApiVersion: 2,
  validFor: { start: '2026-01-01T00:00:00Z' },
  operator: url,
  ...more,
});
const unusable = { code: 'sign.signing_config' };

describe('which services are taken', () => {
  test('those with the highest interface that is known here', () => {
    const { certificateAuthority, logs, timestampAuthorities } = chosen();
    expect(certificateAuthority?.url).toBe(FULCIO);
    expect(urls(logs)).toEqual([REKOR_2]);
    expect(urls(timestampAuthorities)).toEqual([TSA]);
    expect(
      urls(chosen((json) => json.rekorTlogUrls.push(log('https://3.example', { majorApiVersion: 3 }))).logs),
    ).toEqual([REKOR_2]);
  });

  test('none that is not valid yet or not any more; a lower interface then', () => {
    const later = (json: { rekorTlogUrls: { validFor: object }[] }) => {
      json.rekorTlogUrls[1]!.validFor = { start: '2026-11-23T12:00:01Z' };
    };
    expect(urls(chosen(later).logs)).toEqual([REKOR_1]);
    expect(urls(chosen(later, () => 0, NOW + 1000).logs)).toEqual([REKOR_2]);
    const ended = (json: { rekorTlogUrls: { validFor: object }[] }) => {
      json.rekorTlogUrls[1]!.validFor = { start: '2026-01-01T00:00:00Z', end: '2026-11-23T12:00:00Z' };
    };
    expect(urls(chosen(ended).logs)).toEqual([REKOR_2]);
    expect(urls(chosen(ended, () => 0, NOW + 1).logs)).toEqual([REKOR_1]);
  });

  test('of one operator the newest, and never two', () => {
    const two = (json: { rekorTlogUrls: object[]; rekorTlogConfig: object }) => {
      json.rekorTlogUrls = [
        log('https://old.example', { operator: 'one' }),
        log('https://new.example', { operator: 'one', validFor: { start: '2026-06-01T00:00:00Z' } }),
        log('https://other.example', { operator: 'two' }),
      ];
      json.rekorTlogConfig = { selector: 'ALL' };
    };
    expect(urls(chosen(two).logs)).toEqual(['https://new.example', 'https://other.example']);
  });

  test('of certificate authorities the newest', () => {
    const two = (json: { caUrls: object[] }) => {
      json.caUrls.push({
        ...json.caUrls[0],
        url: 'https://new.example',
        validFor: { start: '2026-06-01T00:00:00Z' },
      });
    };
    expect(chosen(two).certificateAuthority?.url).toBe('https://new.example');
  });

  test.each([
    ['ANY', 0, ['https://a.example']],
    ['ANY', 0.99, ['https://c.example']],
    ['ALL', 0.99, ['https://a.example', 'https://b.example', 'https://c.example']],
  ])('%s of three, by chance %d', (selector, chance, expected) => {
    const three = (json: { rekorTlogUrls: object[]; rekorTlogConfig: object }) => {
      json.rekorTlogUrls = ['a', 'b', 'c'].map((name) => log(`https://${name}.example`));
      json.rekorTlogConfig = { selector };
    };
    expect(urls(chosen(three, () => chance).logs)).toEqual(expected);
  });

  test('EXACT two of three: two, and never one twice', () => {
    for (const chance of [0, 0.4, 0.7, 0.999]) {
      const { logs } = chosen(
        (json) => {
          json.rekorTlogUrls = ['a', 'b', 'c'].map((name) => log(`https://${name}.example`));
          json.rekorTlogConfig = { selector: 'EXACT', count: 2 };
        },
        () => chance,
      );
      expect(new Set(urls(logs)).size).toBe(2);
    }
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON
  test.each<[string, (json: any) => void]>([
    [
      'all have ended',
      (json: { rekorTlogUrls: object[] }) => {
        json.rekorTlogUrls = [
          log('https://a.example', {
            validFor: { start: '2025-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' },
          }),
        ];
      },
    ],
    [
      'all have an interface that is not known here',
      (json: { tsaUrls: object[] }) => {
        json.tsaUrls = [log(TSA)];
      },
    ],
    [
      'more are asked for than there are',
      (json: { rekorTlogConfig: object }) => {
        json.rekorTlogConfig = { selector: 'EXACT', count: 2 };
      },
    ],
    [
      'more would be asked than is bearable',
      (json: { rekorTlogUrls: object[]; rekorTlogConfig: object }) => {
        json.rekorTlogUrls = Array.from({ length: 9 }, (_, at) => log(`https://${at}.example`));
        json.rekorTlogConfig = { selector: 'ALL' };
      },
    ],
  ])('refused when %s: never signed with fewer in silence', (_, change) => {
    expect(() => chosen(change)).toThrow(expect.objectContaining(unusable));
  });

  test('none where none is named', () => {
    const none = readSigningConfig(
      signingConfigJson([], (json) => {
        json.rekorTlogConfig = {};
        delete json.tsaConfig;
      }),
    );
    expect(selectServices(none, NOW, () => 0)).toEqual({
      certificateAuthority: undefined,
      logs: [],
      timestampAuthorities: [],
    });
  });
});

describe('a signing config is read', () => {
  test.skipIf(!vectorsDir).each([
    ['signing_config', 1, 1],
    ['signing_config_notlog', 0, 0],
    ['signing_config_tsaonly', 0, 1],
  ])('%s, as cosign 3.1.3 writes it', async (name, logs, timestamps) => {
    const read = readSigningConfig(await readFile(`${vectorsDir}/cosign/${name}.json`));
    const selected = selectServices(read, NOW, () => 0);
    expect(selected.logs).toHaveLength(logs);
    expect(selected.timestampAuthorities).toHaveLength(timestamps);
    expect(selected.certificateAuthority?.url).toBe('http://127.0.0.1:17555');
  });

  test('paths are kept, and only a slash at the end of a base URL goes', () => {
    const { logs, timestampAuthorities } = config((json) => {
      json.rekorTlogUrls[0].url = 'https://sigstore.example.com/rekor/';
      json.tsaUrls[0].url = 'https://tsa.example.com/';
    });
    expect(logs[0]?.url).toBe('https://sigstore.example.com/rekor');
    expect(timestampAuthorities[0]?.url).toBe('https://tsa.example.com/');
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON
  test.each<[string, (json: any) => void, string]>([
    ['version 0.1', (json) => (json.mediaType = json.mediaType.replace('0.2', '0.1')), 'mediaType'],
    [
      'a trusted root',
      (json) => (json.mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1'),
      'mediaType',
    ],
    ['services that are no list', (json) => (json.caUrls = {}), 'caUrls'],
    ['a service that is none', (json) => json.tsaUrls.push(null), 'tsaUrls[1]'],
    ['services without end', (json) => (json.caUrls = Array(51).fill(json.caUrls[0])), 'caUrls'],
    ['no URL', (json) => (json.caUrls[0].url = 'fulcio'), 'caUrls[0].url'],
    ['a file', (json) => (json.caUrls[0].url = 'file:///etc/passwd'), 'caUrls[0].url'],
    ['credentials', (json) => (json.caUrls[0].url = 'https://a:b@fulcio.example'), 'caUrls[0].url'],
    ['a fragment', (json) => (json.tsaUrls[0].url = 'https://tsa.example/#x'), 'tsaUrls[0].url'],
    [
      'a query in a base URL',
      (json) => (json.caUrls[0].url = 'https://fulcio.example/?x=1'),
      'caUrls[0].url',
    ],
    ['a version that is no number', (json) => (json.caUrls[0].majorApiVersion = '1'), 'majorApiVersion'],
    ['no version', (json) => delete json.caUrls[0].majorApiVersion, 'majorApiVersion'],
    ['a time that is none', (json) => (json.caUrls[0].validFor.start = 'soon'), 'validFor.start'],
    ['an end that is a number', (json) => (json.caUrls[0].validFor.end = 5), 'validFor.end'],
    ['no selector', (json) => delete json.rekorTlogConfig, 'rekorTlogConfig'],
    ['an undefined selector', (json) => (json.tsaConfig = {}), 'tsaConfig.selector'],
    ['EXACT without a count', (json) => (json.tsaConfig = { selector: 'EXACT' }), 'tsaConfig.count'],
  ])('with %s: refused, and the field is named', (_, change, field) => {
    expect(() => config(change)).toThrow(
      expect.objectContaining({ ...unusable, message: expect.stringContaining(field) }),
    );
  });

  test.each([
    ['no JSON', Buffer.from('{')],
    ['no object', Buffer.from('[]')],
    ['too much', Buffer.alloc(200_000, ' ')],
    ['no UTF-8', Buffer.from([0xff])],
  ])('that is %s: refused', (_, bytes) => {
    expect(() => readSigningConfig(bytes)).toThrow(expect.objectContaining(unusable));
  });
});
