// Progress of long work, for people: each step is named when it starts and timed when it ends.
import { spawn } from 'node:child_process';

const started = Date.now();
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Runs one named step. What it returns is shown behind its name; what it throws ends the program with that message. */
export async function step(name, work) {
  const begin = Date.now();
  process.stdout.write(`  ${name} …`);
  try {
    const note = await work();
    process.stdout.write(` ${typeof note === 'string' ? `${note}, ` : ''}${seconds(Date.now() - begin)}\n`);
  } catch (error) {
    process.stdout.write(` failed after ${seconds(Date.now() - begin)}\n`);
    console.error(`\n${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

/** Time since the program started, in words. */
export function elapsed() {
  return seconds(Date.now() - started);
}

/** Runs a command quietly; its output is shown only when it fails. Resolves to what it printed on standard output. */
export function quiet(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const output = [];
    const stdout = [];
    child.stdout.on('data', (chunk) => { output.push(chunk); stdout.push(chunk); });
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new Error(`${command}: ${error.message}`)));
    child.on('close', (code) => (code === 0
      ? resolve(Buffer.concat(stdout).toString())
      : reject(new Error(`\`${[command, ...args].join(' ')}\` ended with ${code}:\n${Buffer.concat(output).toString().slice(-6000)}`))));
  });
}

/** Runs a command with its output shown. Resolves to its exit code. */
export function shown(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    child.on('error', (error) => reject(new Error(`${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
