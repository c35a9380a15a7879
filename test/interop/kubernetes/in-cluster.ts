// A process of the interop tests: the service as the Deployment of the chart starts it, with a service account that lies
// in another folder than in a Pod.
// node in-cluster.ts ACCOUNT_FOLDER serve --config=… --host=… --port=… --tls-cert=… --tls-key=…
import { parseArgs } from 'node:util';
import { startService } from '../../../src/node.ts';
import { logLine } from '../../../src/platform/log-line.ts';
import { createLineWriter } from '../../../src/platform/node/line-writer.ts';

const [accountPath = '', command, ...args] = process.argv.slice(2);
if (command !== 'serve') throw new Error(`the Deployment starts "${command}"`);
const text = { type: 'string' } as const;
const { values } = parseArgs({
  args,
  options: { config: text, host: text, port: text, 'tls-cert': text, 'tls-key': text, 'tls-client-ca': text },
});
const lines = createLineWriter(process.stderr);
await startService({
  configPath: values.config ?? '',
  host: values.host ?? '',
  port: Number(values.port),
  tls: {
    cert: values['tls-cert'] ?? '',
    key: values['tls-key'] ?? '',
    ...(values['tls-client-ca'] === undefined ? {} : { clientCa: values['tls-client-ca'] }),
  },
  accountPath,
  log: (record) => lines.write(logLine(record, Date.now())),
});
