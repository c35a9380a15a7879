import { describe, expect, test } from 'vitest';
import { chooseProxy, proxySettings } from '../../src/platform/node/choose-proxy.ts';

const http = 'http://proxy.test:3128/';

describe('NO_PROXY', () => {
  test.each([
    ['', 'https://registry.example.com/', true],
    ['*', 'https://registry.example.com/', false],
    ['example.com', 'https://example.com/', false],
    ['example.com', 'https://registry.example.com/', false],
    ['example.com', 'https://badexample.com/', true],
    ['.example.com', 'https://example.com/', true],
    ['.example.com', 'https://registry.example.com/', false],
    ['*.example.com', 'https://registry.example.com/', false],
    ['other.test, EXAMPLE.com ,', 'https://registry.example.com/', false],
    ['example.com:8443', 'https://example.com/', true],
    ['example.com:8443', 'https://example.com:8443/', false],
    ['example.com:443', 'https://example.com/', false],
    ['10.0.0.0/8', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://11.1.2.3/', true],
    ['fd00::/8', 'https://[fd00::1]:5000/', false],
    ['10.1.2.3', 'https://10.1.2.3:5000/', false],
    ['[fd00::1]:5000', 'https://[fd00::1]:5000/', false],
    ['fd00::1', 'https://[fd00::1]:5000/', false],
    ['0.3', 'https://10.0.0.3/', true],
    ['10.0.0.0/99', 'https://10.0.0.3/', true],
    ['', 'https://localhost:5000/', false],
    ['', 'https://127.0.0.9/', false],
    ['', 'https://[::1]/', false],
  ])('%j, %s: through the proxy %j', (no, url, through) => {
    expect(chooseProxy({ https: http, no })(new URL(url))).toBe(through ? http : undefined);
  });
});

test('one proxy for each scheme; a scheme is added to one that has none', () => {
  const choose = chooseProxy({ https: 'proxy.test:3128' });
  expect(choose(new URL('https://a.test/'))).toBe(http);
  expect(choose(new URL('http://a.test/'))).toBeUndefined();
});

test('a proxy that is no URL is refused without showing it', () => {
  const make = () => chooseProxy({ http: 'socks5://user:secret@proxy' });
  expect(make).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  expect(make).not.toThrow(/secret/);
});

test('reads upper and lower case', () => {
  expect(proxySettings({ https_proxy: 'a', HTTPS_PROXY: 'b', http_proxy: 'c', no_proxy: 'd' })).toEqual({
    https: 'b',
    http: 'c',
    no: 'd',
  });
  expect(proxySettings({ HTTPS_PROXY: '' })).toEqual({});
});
