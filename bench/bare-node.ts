// A process of the bench: the bare Hono handler on Node, served as src/node.ts serves chartseal.
import { serveHandler } from '../src/platform/node/serve-handler.ts';
import { bare } from './bare-app.ts';

const server = await serveHandler((request, bindings) => bare.fetch(request, bindings), { fast: true });
process.send?.(server.url);
