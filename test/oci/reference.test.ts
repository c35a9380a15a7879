import { describe, expect, it } from 'vitest';
import { formatReference, normaliseHost, parseReference, tagAsWritten } from '../../src/oci/index.ts';

const HEX = 'a'.repeat(64);

describe('references are read and normalised', () => {
  it.each([
    ['oci://registry.example.com/charts/app:1.2.3', 'oci://registry.example.com/charts/app:1.2.3'],
    ['registry.example.com/app', 'oci://registry.example.com/app'],
    ['OCI://Registry.Example.COM./a/b/c:v1', 'oci://registry.example.com/a/b/c:v1'],
    ['oci://registry.example.com:443/app:1', 'oci://registry.example.com/app:1'],
    ['oci://registry.example.com.:443/app:1', 'oci://registry.example.com/app:1'],
    ['oci://registry.example.com:5000/app:1', 'oci://registry.example.com:5000/app:1'],
    ['oci://index.docker.io/team/app:1', 'oci://docker.io/team/app:1'],
    ['oci://registry-1.docker.io/team/app', 'oci://docker.io/team/app'],
    ['oci://localhost/app:1.0.0+build.1', 'oci://localhost/app:1.0.0_build.1'],
    [`oci://h.example/app@sha256:${HEX}`, `oci://h.example/app@sha256:${HEX}`],
    [`oci://h.example/app:1.0.0@sha256:${HEX}`, `oci://h.example/app:1.0.0@sha256:${HEX}`],
    ['oci://[::1]:5000/app:1', 'oci://[::1]:5000/app:1'],
    ['oci://[0:0:0::0001]/app:1', 'oci://[::1]/app:1'],
    ['oci://0x7f.1:5000/app', 'oci://127.0.0.1:5000/app'],
    ['oci://2130706433/app', 'oci://127.0.0.1/app'],
    ['oci://h.example/a_b/c__d/e-f/g--h.i:A_1', 'oci://h.example/a_b/c__d/e-f/g--h.i:A_1'],
  ])('%s', (text, normal) => {
    expect(formatReference(parseReference(text))).toBe(normal);
    expect(formatReference(parseReference(normal))).toBe(normal);
  });
});

it.each([
  ['oci://registry.example.com:5000/app:1.2.3+build.1', '1.2.3+build.1'],
  [`[::1]:5000/team/app:1.2.3+b@sha256:${HEX}`, '1.2.3+b'],
  ['oci://registry.example.com:5000/app', undefined],
  [`registry.example.com:5000/app@sha256:${HEX}`, undefined],
])('the tag of %s as it is written is %s; as the registry spells it, "+" is "_"', (text, tag) => {
  expect(tagAsWritten(text)).toBe(tag);
  expect(parseReference(text).tag).toBe(tag?.replace('+', '_'));
});

describe('typing errors are named, with a remedy', () => {
  it.each([
    ['', 'is empty'],
    ['oci://', 'names no repository'],
    ['oci://registry.example.com', 'names no repository'],
    ['oci://registry.example.com/', 'names no repository'],
    ['https://registry.example.com/app:1', 'begins with "https://"'],
    ['docker://registry.example.com/app:1', 'begins with "docker://"'],
    ['oci://registry.example.com/App:1', 'upper-case letters in the repository part "App"'],
    ['oci://registry.example.com/a//b:1', 'empty part'],
    ['oci://registry.example.com/a/:1', 'empty part'],
    ['oci://registry.example.com/a..b:1', 'repository part "a..b"'],
    ['oci://registry.example.com/-a:1', 'repository part "-a"'],
    ['oci://registry.example.com/app:', 'no tag after it'],
    ['oci://registry.example.com/app:^1.2', 'tag "^1.2"'],
    ['oci://registry.example.com/app:.1', 'tag ".1"'],
    [`oci://registry.example.com/app:${'1'.repeat(129)}`, 'longer than 128'],
    [`oci://registry.example.com/${'a'.repeat(256)}:1`, 'longer than 255'],
    [`oci://registry.example.com/app:sha256:${HEX}`, 'a digest where the tag belongs'],
    [`oci://registry.example.com/app@sha256:${HEX.toUpperCase()}`, 'upper-case hex'],
    ['oci://registry.example.com/app@sha256:abc', '3 hex digits instead of 64'],
    [`oci://registry.example.com/app@sha512:${HEX}`, 'other than sha256'],
    ['oci://registry.example.com/app@', 'does not begin with "sha256:"'],
    [`oci://registry.example.com/app@sha256:${HEX}:1`, 'no hex digits'],
    ['oci://registry.example.com/app:1 ', 'space'],
    ['oci://registry.example.com/app:1?x=1', '"?" or "#"'],
    ['oci://registry_1.example.com/app:1', 'underscore'],
    ['oci://registry.example.com:port/app:1', 'port that is no number'],
    ['oci://registry.example.com:99999/app:1', 'no valid host or port'],
    ['oci://::1/app:1', 'IPv6 address without brackets'],
    ['oci://régistry.example/app:1', 'punycode'],
    ['oci://a..b/app:1', 'no valid host name'],
    ['oci:///app:1', 'is missing'],
    [`oci://h.example/${'a/'.repeat(600)}`, 'longer than 1024'],
  ])('%s', (text, words) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'reference.invalid', message: expect.stringContaining(words) }),
    );
  });

  it('never repeats a password written before the host', () => {
    for (const text of ['oci://me:s3cret@registry.example.com/app:1', 'me:s3cret@registry.example.com/app']) {
      expect(() => parseReference(text)).toThrow(/^reference contains credentials before the host$/);
    }
  });

  it('makes control characters visible', () => {
    expect(() => parseReference('oci://h.example/a\u202eb:1')).toThrow(/a\\u\{202e\}b/);
  });
});

it('gives hosts one spelling', () => {
  expect(normaliseHost('DOCKER.IO')).toBe('docker.io');
  expect(normaliseHost('registry-1.docker.io:443')).toBe('docker.io');
  expect(normaliseHost('registry-1.docker.io:5000')).toBe('registry-1.docker.io:5000');
  expect(normaliseHost('[::FFFF:10.0.0.1]')).toBe('[::ffff:a00:1]');
});
