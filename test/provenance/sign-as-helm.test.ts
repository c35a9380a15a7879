import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readClearsigned } from '../../src/provenance/index.ts';
import { formatClearsigned, signableText } from '../../src/provenance/signing/signable-text.ts';

// The demo's charts are signed by Helm 4.2.4.
const DEMO = new URL('../fixtures/demo/', import.meta.url);

describe('a clear-signed text is written byte for byte as Helm writes it', () => {
  test.each(['app-1.2.3', 'app-1.2.3+build.7', 'legacy-0.1.0', 'umbrella-0.3.0'])('%s', async (name) => {
    const file = await readFile(new URL(`${encodeURIComponent(name)}.tgz.prov`, DEMO));
    const { text, signed, packets } = readClearsigned(file);
    const signable = signableText(text);
    expect(Buffer.from(signable.signed).equals(signed)).toBe(true);
    expect(formatClearsigned(signable, packets)).toBe(file.toString());
  });
});
