// Type-checks the workspace: everything against Node's types, and the pure libraries once more without them, so that
// a pure library that reaches for Node fails. `node tools/typecheck.mjs libs/store apps/ctl` checks only those folders.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const check = (project) => spawnSync(process.execPath, [tsc, '-p', project, '--pretty'], { stdio: 'inherit' }).status ?? 1;

const folders = process.argv.slice(2);
if (folders.length === 0) {
  process.exit(check('tsconfig.json') || check('tsconfig.pure.json'));
}
mkdirSync('.nx', { recursive: true });
const partial = join('.nx', `tsconfig.${process.pid}.json`);
writeFileSync(partial, JSON.stringify({
  extends: '../tsconfig.base.json',
  compilerOptions: { types: ['node'], incremental: false },
  include: folders.map((folder) => join('..', folder, 'src')),
}));
const status = check(partial);
rmSync(partial);
process.exit(status);
