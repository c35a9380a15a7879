// Writes schema/chartseal.schema.json, the JSON Schema of chartseal.yaml: npm run schema
import { mkdir, writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../src/config/index.ts';

const folder = new URL('../schema/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL('chartseal.schema.json', folder), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
