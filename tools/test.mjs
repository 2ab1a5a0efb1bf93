// `npm test [-- tier …]`: prepares, then runs test tiers and ends with one line of counts. Tiers: fast, servers, traffic
// (the default three), redirection, zones, distributed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { reportParts } from './outside-parts.mjs';
import { elapsed, quiet, shown, step } from './steps.mjs';

const tiers = process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['fast', 'servers', 'traffic'];
const results = join(root, '.nx', 'test-results');

console.log('Weft: preparing the tests');
await prepare();
if (tiers.some((tier) => tier !== 'fast')) await step('Envoy', async () => (await quiet(process.execPath, [join(root, 'apps', 'demo', 'dist', 'main.js'), '--ensure-envoy'])).trim());
reportParts();
mkdirSync(results, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
let status = 0;
for (const tier of tiers) {
  const output = join(results, `${tier}.json`);
  rmSync(output, { force: true });
  console.log(`\n— tier ${tier} (after ${elapsed()})`);
  const code = await shown(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', tier, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`], { cwd: root });
  count(output, code);
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`\nfinished after ${elapsed()}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(status);

function count(output, code) {
  if (code !== 0) status = 1;
  try {
    const report = JSON.parse(readFileSync(output, 'utf8'));
    total.passed += report.numPassedTests;
    failures.push(...failuresOf(report));
    total.failed += report.numFailedTests + report.numFailedTestSuites * (report.numFailedTests === 0 && code !== 0 ? 1 : 0);
    total.skipped += report.numPendingTests + report.numTodoTests;
    if (report.numTotalTests === 0) throw new Error('no test ran');
  } catch (error) {
    console.error(`tier gave no result: ${error.message}`);
    total.failed += 1;
    status = 1;
  }
}

/** Each failed test of a vitest report on one line, so that the last lines of a log say what broke. */
function failuresOf(report) {
  const line = (name, message) => `${name}: ${(message ?? 'no message').replace(/\u001b\[[0-9;]*m/g, '').split('\n').slice(0, 3).join(' | ').slice(0, 500)}`;
  return report.testResults.flatMap((file) => {
    const path = file.name.replace(`${root}/`, '');
    const tests = file.assertionResults.filter((test) => test.status === 'failed').map((test) => line(`${path} > ${test.fullName}`, test.failureMessages[0]));
    return tests.length === 0 && file.status === 'failed' ? [line(path, file.message)] : tests;
  });
}
