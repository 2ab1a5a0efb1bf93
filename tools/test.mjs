// `npm test [-- tier …]`: prepares, then runs test tiers and ends with one line of counts. Tiers: fast, servers, smoke
// (the default three), traffic, redirection, zones, distributed.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { reportParts } from './outside-parts.mjs';
import { elapsed, quiet, shown, step } from './steps.mjs';
import { afterSecondRun, failedFiles, readReport, totalOf } from './tier-report.mjs';

/** Files of a tier that run again, each by itself, when they fail. With more, something is broken for sure. */
const MAX_FILES_AGAIN = 2;

const tiers = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['fast', 'servers', 'smoke'];
const results = join(root, '.nx', 'test-results');

console.log('Weft: preparing the tests');
await prepare();
if (tiers.some((tier) => tier !== 'fast')) await step('Envoy', async () => (await quiet(process.execPath, [join(root, 'apps', 'demo', 'dist', 'main.js'), '--ensure-envoy'])).trim());
reportParts();
mkdirSync(results, { recursive: true });

const files = [];
const unsteady = [];
const broken = [];
for (const tier of tiers) {
  console.log(`\n— tier ${tier} (after ${elapsed()})`);
  await runTier(tier).catch((error) => broken.push(`tier ${tier} gave no result: ${error.message}`));
}
const { passed, skipped, failed } = totalOf(files);
const failures = [...failed.map(({ line }) => line), ...broken];
for (const { line } of unsteady) console.log(`unsteady, passed when its file ran again: ${line}`);
for (const line of failures) console.log(`failed: ${line}`);
console.log(`\nfinished after ${elapsed()}`);
console.log(`${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}${unsteady.length > 0 ? `, ${unsteady.length} unsteady` : ''}`);
process.exit(failures.length > 0 ? 1 : 0);

/** Other programs on a busy machine may be late once: files that need them get a second run, which is said at the end. */
async function runTier(tier) {
  const first = await runFiles(tier, []);
  const again = failedFiles(first);
  if (tier === 'fast' || again.length === 0 || again.length > MAX_FILES_AGAIN) {
    files.push(...first);
    return;
  }
  console.log(`\n— tier ${tier}: once more ${again.join(', ')} (after ${elapsed()})`);
  const merged = afterSecondRun(first, await runFiles(tier, again));
  files.push(...merged.files);
  unsteady.push(...merged.unsteady);
}

async function runFiles(tier, only) {
  const output = join(results, `${tier}.json`);
  rmSync(output, { force: true });
  const code = await shown(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', tier, ...only, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`], { cwd: root });
  const ran = readReport(output, root);
  if (code !== 0 && failedFiles(ran).length === 0) throw new Error(`vitest ended with ${code} though no test failed`);
  return ran;
}
