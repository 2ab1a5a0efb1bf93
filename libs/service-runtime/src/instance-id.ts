import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A name for this process that no other replica has and that a person can place: host name (cut to 40) and 6 random hex digits, e.g. `node-1-3fa9c2`. */
export function newInstanceId(host: string = hostname()): string {
  const plain = host.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
  return `${plain === '' ? 'host' : plain}-${randomBytes(3).toString('hex')}`;
}
