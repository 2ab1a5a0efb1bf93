import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MeshError } from '@weft/kernel';

/** Where a key for secrets is looked for. */
export interface SecretKeySources {
  /** The environment: `WEFT_SECRETS_KEY` holds the key, `WEFT_SECRETS_KEY_FILE` names a file with it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the control plane's own files, e.g. `~/.weft`. */
  readonly workDir: string;
}

/** Name of the key's file in the work directory. */
export const SECRET_KEY_FILE = 'secrets.key';

/**
 * The 32 bytes under which secrets are sealed: from `WEFT_SECRETS_KEY` (base64 or 64 hex digits), else from the file
 * that `WEFT_SECRETS_KEY_FILE` names, else from `secrets.key` in the work directory, which is made once with mode 0600
 * (of two processes that start together, both take the first one's). Throws `config/invalid` where what was given is
 * no key or cannot be read.
 */
export function loadSecretKey(sources: SecretKeySources): Uint8Array {
  const inline = sources.env['WEFT_SECRETS_KEY'];
  if (inline !== undefined && inline !== '') return parseKey(inline, 'WEFT_SECRETS_KEY');
  const file = sources.env['WEFT_SECRETS_KEY_FILE'];
  if (file !== undefined && file !== '') return parseKey(read(file), file);
  const own = join(sources.workDir, SECRET_KEY_FILE);
  createOnce(sources.workDir, own);
  return parseKey(read(own), own);
}

function parseKey(text: string, where: string): Uint8Array {
  const trimmed = text.trim();
  const key = /^[0-9a-fA-F]{64}$/.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length === 32) return new Uint8Array(key);
  throw new MeshError('config/invalid', `${where} holds no key for secrets: it must be 32 bytes in base64 or hex (make one with: openssl rand -base64 32)`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MeshError('config/invalid', `the key for secrets cannot be read from ${file}: ${String(cause)}`, { cause });
  }
}

// A hard link appears whole or not at all, so no other process ever reads half a key.
function createOnce(workDir: string, file: string): void {
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    linkSync(draft, file);
  } catch (cause) {
    if (!isAlreadyThere(cause)) throw new MeshError('config/invalid', `the key for secrets cannot be made in ${workDir}: ${String(cause)}`, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAlreadyThere(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
