import { TarError } from './tar-header.ts';

/** Records of a PAX extended header. Values are bytes: not all are UTF-8. */
export type PaxRecords = Map<string, Uint8Array>;

/**
 * Reads a PAX extended header as Go's archive/tar does (strconv.go:parsePAXRecord, validPAXRecord): every record
 * "LENGTH KEY=VALUE\n" must be well formed, the last of equal keys counts.
 * @throws TarError
 */
export function readPax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : ascii(bytes.subarray(at, Math.min(space, at + 16)));
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length < 5 || end > bytes.length || end <= space || bytes[end - 1] !== 0x0a) throw bad();
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) throw bad();
    const key = ascii(record.subarray(0, equals));
    const value = record.slice(equals + 1);
    const isText = ['path', 'linkpath', 'uname', 'gname'].includes(key);
    if (isText ? value.includes(0) : key.includes('\0')) throw bad();
    records.set(key, value);
    at = end;
  }
  for (const key of ['size', 'uid', 'gid', 'mtime', 'atime', 'ctime']) {
    const value = records.get(key);
    const shape = key.endsWith('time') ? /^-?[0-9]+(\.[0-9]*)?$/ : /^[-+]?0*[0-9]{1,15}$/;
    if (value !== undefined && value.length > 0 && !shape.test(ascii(value))) throw bad();
  }
  return records;
}

function bad(): TarError {
  return new TarError('archive/tar: invalid tar header (extended header)');
}

function ascii(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 256), (byte) => String.fromCharCode(byte)).join('');
}
