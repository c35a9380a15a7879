import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCleartextMessage, readCleartextMessage, readPrivateKey, sign } from 'openpgp';
import { DEMO, KEYS } from './helm.ts';

/**
 * Archives with provenance files that no Helm would write, beside the good ones of the fixtures.
 *
 * @param kind `altered`: a byte of the signed text changed; `garbage`: no clear-signed message at all; `future`: the
 *   release key's signature, dated in two days; `two-names`: `files` also names what a renamed repository would need
 * @returns the path of the archive
 */
export async function forged(
  kind: 'altered' | 'garbage' | 'future' | 'two-names',
  dir: string,
): Promise<string> {
  const folder = join(dir, 'forged', kind);
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'app-1.2.3.tgz');
  await copyFile(join(DEMO, 'app-1.2.3.tgz'), archive);
  await writeFile(
    `${archive}.prov`,
    await provenance(kind, await readFile(join(DEMO, 'app-1.2.3.tgz.prov'), 'utf8')),
  );
  return archive;
}

async function provenance(kind: Parameters<typeof forged>[0], good: string): Promise<string> {
  if (kind === 'altered') return good.replace('appVersion: "2.0"', 'appVersion: "2.1"');
  if (kind === 'garbage') return 'This is no provenance.\n';
  const text = (await readCleartextMessage({ cleartextMessage: good })).getText();
  const later = text.replace(/^( +)app-1\.2\.3\.tgz: (.*)$/m, '$&\n$1other-1.2.3.tgz: $2');
  const signed = await sign({
    message: await createCleartextMessage({ text: kind === 'future' ? text : later }),
    signingKeys: await readPrivateKey({ binaryKey: await readFile(join(KEYS, 'release.secret.gpg')) }),
    ...(kind === 'future' ? { date: new Date(Date.now() + 2 * 86_400_000) } : {}),
  });
  return signed.replaceAll('\r\n', '\n');
}
