import type { AppNetwork, Endpoint } from '../shop/place.ts';
import { instanceNamed, targetsOf, type Instance } from '../shop/topology.ts';
import type { CallOutcome } from './call-outcome.ts';
import { Caller } from './caller.ts';
import { startCart } from './cart-app.ts';
import { httpApp } from './http-app.ts';
import type { CallOrder, WorkloadMessage } from './messages.ts';
import { HeldStockConnection, stockServer } from './stock-protocol.ts';

const REPORT_EVERY_MS = 500;
const SHOPPING_EVERY_MS = 100;
const FORBIDDEN_EVERY_MS = 500;

/** The process of one workload: serves, makes its calls, and reports over the channel to the demo. Ends when that closes. */
export async function runWorkload(name: string, { listen, targets }: AppNetwork): Promise<void> {
  const instance = instanceNamed(name);
  const caller = new Caller(targets);
  await serve(instance, listen, caller);
  const held = instance.workload === 'cart' && targets.stock !== undefined ? new HeldStockConnection(targets.stock.host, targets.stock.port) : undefined;
  process.on('message', (order: CallOrder) => {
    void caller.call(order.target).then((outcome) => tell({ kind: 'called', id: order.id, outcome }));
  });
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C is for the demo to handle.
  process.on('SIGINT', () => undefined);
  setInterval(() => tell({ kind: 'report', calls: caller.ledger.take(), heldConnection: held?.counts }), REPORT_EVERY_MS);
  tell({ kind: 'listening' });
  callByItself(instance, caller);
}

function tell(message: WorkloadMessage): void {
  if (process.connected) process.send?.(message);
}

/** Calls every target once; the answer shows what came of it. */
async function callAll(instance: Instance, caller: Caller): Promise<Readonly<Record<string, unknown>>> {
  const targets = targetsOf(instance.workload);
  const outcomes = await Promise.all(targets.map((target) => caller.call(target)));
  return Object.fromEntries(targets.map((target, at) => [target, summary(outcomes[at])]));
}

function summary(outcome: CallOutcome | undefined): string {
  return outcome === undefined ? '' : [outcome.status, outcome.instance, outcome.version].filter((part) => part !== undefined).join(' ');
}

async function serve(instance: Instance, listen: Endpoint, caller: Caller): Promise<void> {
  switch (instance.workload) {
    case 'web':
    case 'catalogue':
      return listening(httpApp(instance, () => callAll(instance, caller)), listen);
    case 'reviews':
    case 'shopper':
      return listening(httpApp(instance, async () => ({})), listen);
    case 'stock':
      return listening(stockServer(instance.name), listen);
    case 'cart':
      await startCart(instance, `${listen.host}:${listen.port}`, () => callAll(instance, caller));
  }
}

function listening(server: { listen(port: number, host: string, done: () => void): unknown; once(event: 'error', listener: (error: Error) => void): unknown }, { host, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

/** What a workload does without being asked: the shopper shops, reviews tries what it may not. */
function callByItself(instance: Instance, caller: Caller): void {
  const every = { shopper: SHOPPING_EVERY_MS, reviews: FORBIDDEN_EVERY_MS }[instance.workload as string];
  if (every === undefined) return;
  setInterval(() => { void callAll(instance, caller); }, every);
}
