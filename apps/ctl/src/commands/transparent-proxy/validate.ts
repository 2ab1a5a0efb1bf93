import { createServer, connect, type Server } from 'node:net';
import { MeshError } from '@weft/kernel';
import { familiesOf, type TransparentProxyConfig } from '@weft/transparent-proxy';
import type { CliContext } from '../../context.ts';
import { ipv6Usable } from './ipv6-loopback.ts';

const ANSWER_TIMEOUT_MS = 3000;
const TRIES = 3;
const HOSTS = { IPv4: { listen: '127.0.0.1', dial: '127.0.0.6' }, IPv6: { listen: '::1', dial: '::6' } } as const;

/** `weftctl install transparent-proxy-validator`: whether a connection of this user to this machine comes in at the proxy's port. */
export async function validateTransparentProxy(context: CliContext, config: TransparentProxyConfig, port: number): Promise<void> {
  const families = familiesOf(config).map(({ name }) => name).filter((name) => name === 'IPv4' || config.ipFamilyMode === 'ipv6' || ipv6Usable());
  for (const family of families) {
    const word = `weft-validator-${process.pid}`;
    const server = await listen(HOSTS[family].listen, port, word);
    try {
      context.print(`listening on ${HOSTS[family].listen}, port ${port}\n`);
      await expectAnswer(HOSTS[family], word, context);
      context.print(`${family}: connections are redirected\n`);
    } finally {
      server.close();
    }
  }
  context.print('validation successful, iptables are set up correctly\n');
}

function listen(host: string, port: number, word: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(word);
    });
    server.once('error', (error) => reject(new MeshError('config/invalid', `validation failed: cannot listen on ${host}, port ${port}: ${error.message}. Is the proxy running already?`)));
    server.listen({ host, port }, () => resolve(server));
  });
}

/** Dials ports on which nobody listens: only redirection leads to our server. */
async function expectAnswer(hosts: { readonly listen: string; readonly dial: string }, word: string, context: CliContext): Promise<void> {
  let why = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    context.print(`dialling ${hosts.dial}, port ${port}\n`);
    why = await dial(hosts, port, word);
    if (why === '') return;
  }
  throw new MeshError('config/invalid', `validation failed: ${hosts.dial} did not lead to the proxy's port: ${why}. Install the rules first, and run this as the user of weft-dp, whose connections to this machine alone are redirected to the inbound port`);
}

/** Empty: the word came back; else what came instead. The source is loopback: one's own ::6 would count as the proxy's. */
function dial(hosts: { readonly listen: string; readonly dial: string }, port: number, word: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: hosts.dial, port, localAddress: hosts.listen });
    let heard = '';
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => { resolve('no answer in time'); socket.destroy(); });
    socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1'); });
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', () => resolve(heard === word ? '' : 'another server answered'));
  });
}
