import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSecretKey, SECRET_KEY_FILE } from './load-secret-key.ts';

let workDir = '';
beforeEach(() => {
  workDir = mkdtempSync(join(tmpdir(), 'weft-key-'));
});
afterEach(() => {
  rmSync(workDir, { recursive: true });
});

it('makes a key once, readable by its owner only, and finds it again', () => {
  const first = loadSecretKey({ env: {}, workDir });
  expect(loadSecretKey({ env: {}, workDir })).toEqual(first);
  expect(statSync(join(workDir, SECRET_KEY_FILE)).mode & 0o777).toBe(0o600);
  expect(readdirSync(workDir)).toEqual([SECRET_KEY_FILE]);
});

it('takes base64 or hex from the environment, before any file', () => {
  const key = Buffer.alloc(32, 7);
  expect(Buffer.from(loadSecretKey({ env: { WEFT_SECRETS_KEY: key.toString('base64') }, workDir }))).toEqual(key);
  expect(Buffer.from(loadSecretKey({ env: { WEFT_SECRETS_KEY: key.toString('hex') }, workDir }))).toEqual(key);
  expect(readdirSync(workDir)).toEqual([]);
});

it('takes a named file', () => {
  const file = join(workDir, 'given');
  writeFileSync(file, Buffer.alloc(32, 9).toString('base64'));
  expect(Buffer.from(loadSecretKey({ env: { WEFT_SECRETS_KEY_FILE: file }, workDir }))).toEqual(Buffer.alloc(32, 9));
});

it.each(['short', 'zz', Buffer.alloc(31).toString('base64')])('refuses %s with the way to make one', (text) => {
  expect(() => loadSecretKey({ env: { WEFT_SECRETS_KEY: text }, workDir })).toThrow(/openssl rand/);
});

it('names the file that cannot be read', () => {
  expect(() => loadSecretKey({ env: { WEFT_SECRETS_KEY_FILE: join(workDir, 'absent') }, workDir })).toThrow(/absent/);
});
