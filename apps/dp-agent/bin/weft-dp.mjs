#!/usr/bin/env node
// Starts the bundled agent; `npm run build` makes it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = new URL('../dist/main.js', import.meta.url);
if (!existsSync(fileURLToPath(bundle))) {
  console.error('weft-dp is not built yet: run `npm run build` in the repository first.');
  process.exit(1);
}
await import(bundle.href);
