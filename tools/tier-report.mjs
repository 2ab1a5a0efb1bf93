// What vitest reports of a tier, boiled down; and what a second run of its failed files changes.
import { readFileSync } from 'node:fs';

/**
 * Reads a JSON report of vitest: each file (its path below `root`) with how many tests `passed` and were `skipped`, and
 * those that `failed` (the file itself where none of its tests could run): a `name`, and a `line` that says what broke.
 */
export function readReport(path, root) {
  const { testResults } = JSON.parse(readFileSync(path, 'utf8'));
  if (testResults.length === 0) throw new Error('no test ran');
  return testResults.map((result) => fileResult(result, result.name.replace(`${root}/`, '')));
}

function fileResult({ assertionResults, status, message }, file) {
  const count = (...kinds) => assertionResults.filter((test) => kinds.includes(test.status)).length;
  const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => failure(`${file} > ${test.fullName}`, test.failureMessages[0]));
  return {
    file,
    passed: count('passed'),
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
    failed: tests.length === 0 && status === 'failed' ? [failure(file, message)] : tests,
  };
}

function failure(name, message) {
  const words = (message ?? 'no message').replace(/\u001b\[[0-9;]*m/g, '').split('\n').slice(0, 3).join(' | ').slice(0, 500);
  return { name, line: `${name}: ${words}` };
}

/** The files that hold failures. */
export function failedFiles(files) {
  return files.filter(({ failed }) => failed.length > 0).map(({ file }) => file);
}

/** The counts and failures of files together. */
export function totalOf(files) {
  const sum = (count) => files.reduce((total, file) => total + count(file), 0);
  return { passed: sum(({ passed }) => passed), skipped: sum(({ skipped }) => skipped), failed: files.flatMap(({ failed }) => failed) };
}

/** The files of a tier with those that ran again in place of their first run; and what failed only in the first one. */
export function afterSecondRun(first, second) {
  const again = new Map(second.map((result) => [result.file, result]));
  const still = new Set(totalOf(second).failed.map(({ name }) => name));
  return {
    files: first.map((result) => again.get(result.file) ?? result),
    unsteady: first.filter(({ file }) => again.has(file)).flatMap(({ failed }) => failed).filter(({ name }) => !still.has(name)),
  };
}
