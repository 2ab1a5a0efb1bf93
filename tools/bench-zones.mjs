// `npm run bench:zones`: builds what is missing, then runs e2e/bench/zones.ts with the options that are given.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

await prepare();
const run = spawn(process.execPath, ['--import', 'tsx', join(root, 'e2e', 'bench', 'zones.ts'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
run.on('close', (code) => process.exit(code ?? 1));
