#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/main.js', import.meta.url);
if (!existsSync(bundle)) {
  console.error('weft-cp is not built yet. Run `npm run build` in the workspace first.');
  process.exit(1);
}
await import(bundle);
