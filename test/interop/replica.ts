// A process of the interop tests: one replica of a service, with leases that end sooner than a minute.
// node replica.ts CONFIG LEASE_MS; prints where it listens.
import { writeSync } from 'node:fs';
import { startService } from '../../src/node.ts';

const [configPath = '', leaseMs = '60000'] = process.argv.slice(2);
const { url } = await startService({ configPath, leaseMs: Number(leaseMs) });
writeSync(1, `${url}\n`);
