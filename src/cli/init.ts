import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { normaliseHost } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { fileTrouble, kindOfPath } from './files.ts';

const TOKEN_BYTES = 32;
const DEFAULT_KEY = 'keys/release.asc';
const SECRET = 'CHARTSEAL_OPERATOR_TOKEN';

interface InitOptions {
  registry: string;
  keyring?: string | undefined;
}

/**
 * `chartseal init`: writes ./chartseal.yaml with one registry, one signer, one policy and one caller. The token goes
 * to stdout, once, as a line that a shell can evaluate; it is written nowhere.
 * @throws ChartsealError reference.invalid for a registry that is none, file.exists, file.unreadable
 */
export async function initCommand(options: InitOptions, io: Io): Promise<number> {
  const key = options.keyring ?? DEFAULT_KEY;
  const registry = normaliseHost(options.registry.replace(/^oci:\/\//, ''));
  const path = resolve(io.cwd, DEFAULT_CONFIG);
  try {
    await writeFile(path, content(registry, key), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new ChartsealError('file.exists', `${clean(path)} is there already; nothing was written`, {
        cause: error,
      });
    }
    throw new ChartsealError('file.unreadable', `${clean(path)} cannot be written: ${fileTrouble(error)}`, {
      cause: error,
    });
  }
  const token = Buffer.from(io.random(TOKEN_BYTES)).toString('base64url');
  io.stdout.write(`export ${SECRET}=${token}\n`);
  const steps = [
    `wrote ${clean(path)}`,
    '',
    'The line on stdout sets the token of the caller "operator". It is shown only now; keep it as a secret.',
    '',
    'next:',
    ...((await kindOfPath(key, io.cwd)) === 'file'
      ? []
      : [`  put the public key of whoever signs your charts into ${key}: gpg --armor --export KEY > ${key}`]),
    `  set ${SECRET} where the service runs, then: chartseal serve`,
    '  set CHARTSEAL_TOKEN to the same value where it is asked, then:',
    `  chartseal verify --server http://127.0.0.1:8080 oci://${registry}/charts/app:1.2.3`,
  ];
  io.stderr.write(`${steps.join('\n')}\n`);
  return 0;
}

function content(registry: string, key: string): string {
  return `# chartseal: which registries are spoken to, who may sign, what is required, who may ask.
# Secrets are named here, never written: "secret: NAME" is an environment variable.
registries: # only these are spoken to
  - host: ${yamlText(registry)}
    # plainHttp: true # it speaks no TLS
    # credentials: { secret: REGISTRY_AUTH } # user:password, or a Docker config.json

trust: # who may sign
  release-team:
    pgp: ${yamlText(key)} # public keys, armored or binary

policies: # what is required where; the first match decides, what nothing matches is denied
  - name: default
    match: ["**"]
    require: release-team

callers: # who may ask: Authorization: Bearer TOKEN
  operator: { token: { secret: ${SECRET} } }
`;
}

// JSON texts are YAML texts; quotes only where needed, as a person would write.
function yamlText(text: string): string {
  return /^[A-Za-z0-9][\w./:-]*$/.test(text) && !text.endsWith(':') ? text : JSON.stringify(text);
}
