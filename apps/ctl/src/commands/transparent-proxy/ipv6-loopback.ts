import { readFileSync } from 'node:fs';
import { MeshError } from '@weft/kernel';
import { runProgram } from './run-program.ts';

/** Envoy's source address for IPv6 connections that it passes through; IPv4's 127.0.0.6 needs no such step. */
const SOURCE = '::6/128';

/** Whether this machine has an IPv6 address. */
export function ipv6Usable(): boolean {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8').trim() !== '';
  } catch {
    return false;
  }
}

/** Gives loopback the source address, if it has not got it. */
export async function addIpv6Source(): Promise<void> {
  if (await hasIpv6Source()) return;
  const added = await runProgram('ip', ['-6', 'address', 'add', SOURCE, 'dev', 'lo']);
  if (added.code !== 0) throw new MeshError('config/invalid', `${SOURCE} cannot be added to lo: ${added.stderr.trim()}. Install iproute2, or use --ip-family-mode ipv4`);
}

/** Takes the source address from loopback, if it has it. */
export async function removeIpv6Source(): Promise<void> {
  if (await hasIpv6Source()) await runProgram('ip', ['-6', 'address', 'delete', SOURCE, 'dev', 'lo']);
}

async function hasIpv6Source(): Promise<boolean> {
  return (await runProgram('ip', ['-6', '-oneline', 'address', 'show', 'dev', 'lo'])).stdout.includes(` ${SOURCE} `);
}
