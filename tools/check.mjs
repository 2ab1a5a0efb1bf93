// `npm run check`: lint, types, fast tests, and the rules of the repository. What a change must pass before it is committed.
// `npm run check:static` leaves the tests out (CI has run them already).
import { join } from 'node:path';
import { nxEnv, prepare, root } from './prepare.mjs';
import { shown } from './steps.mjs';

console.log('Weft: checking');
await prepare();
const node = (...args) => () => shown(process.execPath, args, { cwd: root, env: nxEnv });
const checks = {
  'repository rules': node(join('tools', 'repo-rules.mjs')),
  types: node(join('tools', 'typecheck.mjs')),
  lint: node(join('node_modules', 'eslint', 'bin', 'eslint.js'), '.', '--max-warnings=0'),
  ...(process.argv.includes('--static') ? {} : { 'fast tests': node(join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'fast') }),
};
for (const [name, run] of Object.entries(checks)) {
  console.log(`\n— ${name}`);
  const code = await run();
  if (code !== 0) {
    console.error(`\n${name}: failed. Mend what is named above and run \`npm run check\` again.`);
    process.exit(1);
  }
}
console.log('\nAll checks passed.');
