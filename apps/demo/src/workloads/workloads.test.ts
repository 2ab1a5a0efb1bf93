import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { instanceNamed } from '../shop/topology.ts';
import { callerIn } from './call-outcome.ts';
import { CallLedger } from './call-ledger.ts';
import { startCart } from './cart-app.ts';
import { CartClient } from './cart-protocol.ts';
import { httpApp } from './http-app.ts';
import { callHttp } from './http-call.ts';
import { stockServer, takeFromStock } from './stock-protocol.ts';

const open: { close(): unknown }[] = [];
afterEach(() => { for (const one of open.splice(0)) one.close(); });

async function portOf(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the apps of the shop', () => {
  it('HTTP: answers with who it is', async () => {
    const port = await portOf(httpApp(instanceNamed('catalogue-3'), async () => ({ stock: 'OK' })));
    expect(await callHttp('127.0.0.1', port, 5000)).toMatchObject({ ok: true, status: '200', instance: 'catalogue-3', version: 'v2', sawClient: undefined });
  });

  it('TCP: takes an item', async () => {
    const port = await portOf(stockServer('stock-2'));
    expect(await takeFromStock('127.0.0.1', port, 5000)).toMatchObject({ ok: true, status: 'OK', instance: 'stock-2' });
  });

  it('TCP: a connection that closes without a word is a failed call', async () => {
    const port = await portOf(createServer((socket) => socket.destroy()));
    expect(await takeFromStock('127.0.0.1', port, 5000)).toMatchObject({ ok: false, instance: undefined });
  });

  it('TCP: garbage and a reset do no harm', async () => {
    const port = await portOf(stockServer('stock-2'));
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await takeFromStock('127.0.0.1', port, 5000)).toMatchObject({ ok: true });
  });

  it('gRPC: adds to the cart', async () => {
    const cart = await startCart(instanceNamed('cart-1'), '127.0.0.1:0', async () => undefined);
    open.push(cart);
    const client = new CartClient(`127.0.0.1:${cart.port}`);
    open.push(client);
    expect(await client.add({ item: 'pear' }, 5000)).toMatchObject({ ok: true, status: 'OK', instance: 'cart-1' });
  });

  it('gRPC: says what failed', async () => {
    const client = new CartClient('127.0.0.1:1');
    open.push(client);
    expect(await client.add({ item: 'pear' }, 5000)).toMatchObject({ ok: false, status: expect.stringContaining('gRPC 14') });
  });
});

describe('callerIn', () => {
  it('takes the id that the nearest proxy wrote', () => {
    expect(callerIn('By=spiffe://shop/web;Hash=1;URI=spiffe://evil/x,By=spiffe://shop/web;Hash=2;URI=spiffe://shop/shopper')).toBe('spiffe://shop/shopper');
    expect(callerIn(undefined)).toBeUndefined();
  });
});

describe('CallLedger', () => {
  it('hands out each count once', () => {
    const ledger = new CallLedger();
    const good = { ok: true, status: '200', instance: 'web-1', version: undefined, sawClient: 'spiffe://shop/shopper', sawRoute: undefined, ms: 2 };
    ledger.record('web', good);
    ledger.record('web', { ...good, ok: false, status: '503' });
    expect(ledger.take()).toEqual([{ target: 'web', ok: 1, failed: 1, latencies: [2], lastFailure: '503', sawClient: 'spiffe://shop/shopper', answeredBy: { 'web-1': 1 } }]);
    expect(ledger.take()).toEqual([]);
  });
});
