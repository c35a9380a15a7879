// The bare Hono handler as a Worker.
// biome-ignore lint/style/noDefaultExport: workerd asks for it
export { bare as default } from './bare-app.ts';
