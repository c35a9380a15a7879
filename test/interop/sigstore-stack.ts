import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { answering, freePort } from './registries.ts';
import { type Result, run } from './run.ts';
import { type ToolName, toolPath } from './tools.ts';

/** What a whole sigstore on this machine is made of. */
export const SIGSTORE_TOOLS = [
  'cosign-3.1.3',
  'fulcio-1.8.8',
  'rekor-2.3.0',
  'timestamp-authority-2.1.3',
  'referrers-registry-0.22.1',
  'docker-registry-2.8',
  'openssl-any',
] as const satisfies readonly ToolName[];

export interface SigstoreStack {
  dir: string;
  /** E-mail addresses; its tokens carry `email` and `email_verified`. */
  mail: OidcIssuer;
  /** Like GitHub Actions; its tokens must carry no e-mail address. */
  github: OidcIssuer;
  /** Docker Registry 2.8, which has no referrers API. `127.0.0.1:PORT` */
  plain: string;
  /** go-containerregistry's, which has it. */
  referrers: string;
  /** Files. Signing configs: with log and timestamps, with timestamps only, with neither. */
  trustedRoot: string;
  signingConfig: string;
  signingConfigTimestamps: string;
  signingConfigBare: string;
  /** Runs cosign in the folder of the stack. */
  cosign(args: string[], env?: Record<string, string>): Promise<Result>;
  stop(): Promise<void>;
}

export const COSIGN_PASSWORD = 'interop-only';
const SINCE = 'start-time=2024-01-01T00:00:00Z';

/**
 * Starts Fulcio, Rekor v2, a timestamp authority, two issuers and two registries on free ports of 127.0.0.1. There is no
 * certificate transparency log to be had, so certificates carry no SCT.
 */
export async function startSigstore(parent: string): Promise<SigstoreStack> {
  const dir = await mkdtemp(join(parent, 'sigstore-'));
  const children: ChildProcess[] = [];
  const [mail, github] = await Promise.all([startOidcIssuer(), startOidcIssuer()]);
  const stop = async () => {
    mail.close();
    github.close();
    await Promise.all(children.map(end));
  };
  try {
    await makeKeys(dir);
    await writeFile(join(dir, 'fulcio.yaml'), fulcioConfig(mail.issuer, github.issuer));
    const start = async (tool: ToolName, args: (port: number) => string[], path: string): Promise<string> => {
      const port = await freePort();
      const log = join(dir, `${tool}-${port}.log`);
      const out = openSync(log, 'a');
      const child = spawn(toolPath(tool)!, args(port), {
        cwd: dir,
        stdio: ['ignore', out, out],
        env: { PATH: process.env.PATH ?? '', HOME: dir, OTEL_TRACES_EXPORTER: 'none' },
      });
      children.push(child);
      await answering(`http://127.0.0.1:${port}${path}`, child, log);
      return `127.0.0.1:${port}`;
    };
    const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const fulcio = await start(
      'fulcio-1.8.8',
      (port) => [
        ...['serve', '--host', '127.0.0.1', '--port', `${port}`, '--grpc-host', '127.0.0.1'],
        ...['--grpc-port', `${ports[0]}`, '--metrics-port', `${ports[1]}`],
        ...['--legacy-unix-domain-socket', `@fulcio-${port}`, '--ca', 'fileca', '--fileca-cert', 'ca.pem'],
        ...['--fileca-key', 'ca.key', '--fileca-key-passwd', 'pw', '--fileca-watch=false', '--ct-log-url='],
        ...['--config-path', 'fulcio.yaml'],
      ],
      '/api/v1/rootCert',
    );
    const rekor = await start(
      'rekor-2.3.0',
      (port) => [
        ...['serve', '--http-address', '127.0.0.1', '--http-port', `${port}`, '--grpc-address', '127.0.0.1'],
        ...['--grpc-port', `${ports[2]}`, '--http-metrics-port', `${ports[3]}`, '--hostname', 'rekor-local'],
        ...['--storage-dir', join(dir, 'log'), '--signer-filepath', 'rekor.key'],
        ...['--checkpoint-interval', '200ms', '--batch-max-age', '50ms', '--persistent-antispam'],
      ],
      '/healthz',
    );
    // It listens on this port for metrics, and no option says otherwise; another run may be about to end.
    await whenFree(2112);
    const tsa = await start(
      'timestamp-authority-2.1.3',
      (port) => [
        ...['serve', '--host', '127.0.0.1', '--port', `${port}`, '--timestamp-signer', 'file'],
        ...['--file-signer-key-path', 'tsa.key', '--certificate-chain-path', 'tsa.pem'],
        '--disable-ntp-monitoring',
      ],
      '/api/v1/timestamp/certchain',
    );
    const referrers = await start(
      'referrers-registry-0.22.1',
      (port) => ['-addr', `127.0.0.1:${port}`],
      '/v2/',
    );
    await mkdir(join(dir, 'registry'));
    const plain = await start(
      'docker-registry-2.8',
      (port) => {
        // Read when it starts; JSON is YAML.
        const config = {
          version: 0.1,
          log: { level: 'warn' },
          storage: { filesystem: { rootdirectory: join(dir, 'registry') }, delete: { enabled: true } },
          http: { addr: `127.0.0.1:${port}` },
        };
        writeFileSync(join(dir, 'registry.yml'), JSON.stringify(config));
        return ['serve', join(dir, 'registry.yml')];
      },
      '/v2/',
    );
    const cosign = (args: string[], env: Record<string, string> = {}) =>
      run(toolPath('cosign-3.1.3')!, args, {
        cwd: dir,
        env: { HOME: dir, DOCKER_CONFIG: join(dir, 'docker'), COSIGN_PASSWORD, ...env },
      });
    const files = await makeClientFiles(dir, { fulcio, rekor, tsa, issuer: mail.issuer }, cosign);
    return { dir, mail, github, plain, referrers, ...files, cosign, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeKeys(dir: string): Promise<void> {
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run(toolPath('openssl-any')!, args, { cwd: dir });
    if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  const ca = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-addext'];
  const self = (key: string, name: string, out: string, constraint: string) => [
    ...['req', '-x509', '-new', '-key', key, '-passin', 'pass:pw', '-sha384', '-days', '30'],
    ...['-subj', `/O=sigstore.local/CN=${name}`, ...ca, `basicConstraints=critical,CA:TRUE,${constraint}`],
    ...['-out', out],
  ];
  await openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384', '-out', 'ca.plain.key');
  await openssl(
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-passout',
    'pass:pw',
    '-in',
    'ca.plain.key',
    '-out',
    'ca.key',
  );
  await openssl(...self('ca.key', 'local-fulcio', 'ca.pem', 'pathlen:1'));
  await openssl('genpkey', '-algorithm', 'ed25519', '-out', 'rekor.key');
  await openssl('pkey', '-in', 'rekor.key', '-pubout', '-out', 'rekor.pub');
  for (const name of ['tsaroot', 'tsa']) {
    await openssl(
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      `${name}.key`,
    );
  }
  await openssl(...self('tsaroot.key', 'local-tsa-root', 'tsaroot.pem', 'pathlen:0'));
  await openssl(
    'req',
    '-new',
    '-key',
    'tsa.key',
    '-subj',
    '/O=sigstore.local/CN=local-tsa',
    '-out',
    'tsa.csr',
  );
  await writeFile(
    join(dir, 'tsa.ext'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n' +
      'subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
  );
  await openssl(
    ...[
      'x509',
      '-req',
      '-in',
      'tsa.csr',
      '-CA',
      'tsaroot.pem',
      '-CAkey',
      'tsaroot.key',
      '-set_serial',
      '0x1001',
    ],
    ...['-sha256', '-days', '29', '-extfile', 'tsa.ext', '-out', 'tsaleaf.pem'],
  );
  const chain = await Promise.all(
    ['tsaleaf.pem', 'tsaroot.pem'].map((file) => readFile(join(dir, file), 'utf8')),
  );
  await writeFile(join(dir, 'tsa.pem'), chain.join(''));
}

// The claims of a GitHub token as certificate extensions (fulcio:docs/oid-info.md says which is which).
function fulcioConfig(mail: string, github: string): string {
  const url = '{{ .url }}';
  // Fulcio reads a file that is JSON in another form than YAML; the comment makes it YAML.
  return `# YAML\n${JSON.stringify({
    'oidc-issuers': {
      [mail]: { 'issuer-url': mail, 'client-id': 'sigstore', type: 'email' },
      [github]: {
        ...{ 'issuer-url': github, 'client-id': 'sigstore', type: 'ci-provider' },
        'ci-provider': 'github-workflow',
      },
    },
    'ci-issuer-metadata': {
      'github-workflow': {
        'default-template-values': { url: 'https://github.com' },
        'extension-templates': {
          'github-workflow-trigger': 'event_name',
          'github-workflow-repository': 'repository',
          'github-workflow-ref': 'ref',
          'build-signer-uri': `${url}/{{ .job_workflow_ref }}`,
          'source-repository-uri': `${url}/{{ .repository }}`,
          'source-repository-ref': 'ref',
          'build-trigger': 'event_name',
        },
        'subject-alternative-name-template': `${url}/{{ .job_workflow_ref }}`,
      },
    },
  })}\n`;
}

async function makeClientFiles(
  dir: string,
  { fulcio, rekor, tsa, issuer }: { fulcio: string; rekor: string; tsa: string; issuer: string },
  cosign: SigstoreStack['cosign'],
) {
  const make = async (...args: string[]) => {
    const { code, stderr } = await cosign(args);
    if (code !== 0) throw new Error(`cosign ${args[0]}: ${stderr}`);
    return join(dir, args.at(-1)!);
  };
  const stamp = `http://${tsa}/api/v1/timestamp`;
  const service = `${SINCE},operator=local`;
  const withFulcio = ['--fulcio', `url=http://${fulcio},api-version=1,${service}`];
  const withTimestamps = ['--tsa', `url=${stamp},api-version=1,${service}`, '--tsa-config', 'ANY'];
  const config = ['signing-config', 'create', ...withFulcio];
  return {
    trustedRoot: await make(
      ...['trusted-root', 'create', '--fulcio', `url=http://${fulcio},certificate-chain=ca.pem,${SINCE}`],
      ...['--rekor', `url=http://rekor-local,public-key=rekor.pub,${SINCE},origin=rekor-local`],
      ...['--tsa', `url=${stamp},certificate-chain=tsa.pem,${SINCE}`, '--out', 'trusted_root.json'],
    ),
    signingConfig: await make(
      ...[...config, '--rekor', `url=http://${rekor},api-version=2,${service}`, '--rekor-config', 'ANY'],
      ...[...withTimestamps, '--oidc-provider', `url=${issuer},api-version=1,${service}`],
      ...['--out', 'signing_config.json'],
    ),
    signingConfigTimestamps: await make(...config, ...withTimestamps, '--out', 'signing_config_tsa.json'),
    signingConfigBare: await make(...config, '--out', 'signing_config_bare.json'),
  };
}

async function whenFree(port: number): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
    if (isFree) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`port ${port} is taken by another program`);
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
