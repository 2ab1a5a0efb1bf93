// `npm start`: prepares a fresh clone, then runs the shop on a mesh of its own. Arguments go to the demo (`npm start -- --help`).
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { elapsed, quiet, shown, step } from './steps.mjs';

console.log('Weft: preparing');
await prepare();
await step('Envoy', async () => (await quiet(process.execPath, [join(root, 'apps', 'demo', 'dist', 'main.js'), '--ensure-envoy'])).trim());
console.log(`  ready after ${elapsed()}\n`);
process.exit(await shown(process.execPath, [join(root, 'apps', 'demo', 'dist', 'main.js'), ...process.argv.slice(2)]));
