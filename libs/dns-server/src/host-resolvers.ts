import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { err, ok, type Result } from '@weft/kernel';

/** Where a query goes that is not ours. */
export interface Resolver {
  readonly address: string;
  readonly port: number;
}

const DNS_PORT = 53;
/** The C library uses no more. */
const MOST = 3;

/** The `nameserver` lines of a resolv.conf, in order. A zone (`%eth0`) is kept. Pure. */
export function readResolvConf(text: string): readonly Resolver[] {
  const addresses = [...text.matchAll(/^[ \t]*nameserver[ \t]+([0-9a-fA-F:.]+(?:%\S+)?)/gm)].map((match) => match[1] ?? '');
  return addresses.slice(0, MOST).map((address) => ({ address, port: DNS_PORT }));
}

/** Reads `10.0.0.2`, `10.0.0.2:5353`, `fd00::2` or `[fd00::2]:5353`; the error says what is wrong. */
export function parseResolver(text: string): Result<Resolver, string> {
  const [, bracketed, plain, port = String(DNS_PORT)] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) === 0 ? bracketed ?? plain ?? '' : text;
  const number = isIP(text) === 0 ? Number(port) : DNS_PORT;
  if (isIP(address) === 0 || number < 1 || number > 65_535) return err(`"${text}" is no address of a resolver, such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:5353`);
  return ok({ address, port: number });
}

/** The host's resolvers, read again once the file is another. While it cannot be read, those of before stay. */
export function hostResolvers(path: string): () => readonly Resolver[] {
  let seen = '';
  let resolvers: readonly Resolver[] = [];
  return () => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const state = `${mtimeMs} ${size} ${ino}`;
      if (state !== seen) resolvers = readResolvConf(readFileSync(path, 'utf8'));
      seen = state;
    } catch {
      // Replaced just now, or gone: the next query looks again.
    }
    return resolvers;
  };
}
