// Programs that tests use and that do not come from npm: where they are, and what is left out without them.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const find = (name) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));

/** Required in CI, left out with a word elsewhere. */
export const parts = [
  { name: 'nats-server', path: find('nats-server'), required: true, without: 'the NATS bus (contract suite, separate processes)' },
  { name: 'redis-server', path: find('redis-server'), required: true, without: 'the Redis store (contract suite, separate processes)' },
  { name: 'iptables', path: find('iptables'), required: true, without: 'redirection of unmodified apps' },
  { name: 'iproute2', path: find('ip'), required: true, without: 'redirection of unmodified apps' },
  { name: 'curl', path: find('curl'), required: true, without: 'redirection of unmodified apps' },
  { name: 'nginx', path: find('nginx'), required: true, without: 'a delegated gateway (nginx behind a sidecar)' },
  // Outside CI, and in CI without root, tests that need namespaces are left out.
  { name: 'root, to make network namespaces', path: process.getuid?.() === 0 ? '/' : undefined, required: false, without: 'redirection of unmodified apps' },
  { name: 'a stock Kuma (KUMA_BIN)', path: process.env.KUMA_BIN, required: false, without: 'interoperability with stock kumactl, kuma-dp and kuma-cp (our own run under their names, against what was recorded)' },
];

/** Says what is left out; in CI a missing required part ends the run. */
export function reportParts() {
  const missing = parts.filter((part) => part.path === undefined);
  for (const part of missing) console.log(`  left out for want of ${part.name}: ${part.without}`);
  const fatal = missing.filter((part) => part.required);
  if (process.env.CI && fatal.length > 0) {
    console.error(`CI requires ${fatal.map((part) => part.name).join(', ')}: install them first (Debian packages of the same name).`);
    process.exit(1);
  }
}
