import { peerCertificate } from '../platform/peer-certificate.ts';
import type { Shop } from '../platform/shop.ts';
import { handshakeStat } from '../show/handshakes.ts';
import { spiffeId } from '../shop/resources.ts';
import { ALLOWED, firstOf, FORBIDDEN, INSTANCES, PROTOCOLS, type Workload } from '../shop/topology.ts';
import { callHttp } from '../workloads/http-call.ts';
import { takeFromStock } from '../workloads/stock-protocol.ts';
import { expectThat, type Checklist } from './checklist.ts';

const RBAC_DENIED = 'rbac\\..*denied$|rbac\\.denied$';

/** Who may call whom, under which identity, and that nothing else gets in. */
export async function checkIdentity(shop: Shop, list: Checklist): Promise<void> {
  for (const [from, to] of ALLOWED) await list.check(`${from} → ${to} answers over mTLS`, () => allowedPair(shop, from, to));
  for (const instance of INSTANCES) {
    await list.check(`${instance.name} presents the certificate of ${spiffeId(instance.workload)}`, async () => {
      const { spiffeIds, serial } = await peerCertificate(shop.inbound(instance));
      expectThat(spiffeIds.includes(spiffeId(instance.workload)), `its certificate names ${spiffeIds.join(', ') || 'no SPIFFE id'}`);
      return `serial ${serial.slice(0, 16)}`;
    });
  }
  for (const [from, to] of FORBIDDEN) await list.check(`${from} → ${to} is forbidden`, () => forbiddenPair(shop, from, to));
  for (const workload of ['web', 'stock'] as const) await list.check(`plaintext to ${workload} is refused`, () => plaintext(shop, workload));
}

async function allowedPair(shop: Shop, from: Workload, to: Workload): Promise<string> {
  const caller = firstOf(from);
  const outcome = await shop.app(caller).call(to);
  expectThat(outcome.ok, `the call failed: ${outcome.status}`);
  const handshakes = await shop.envoy(caller).sum(handshakeStat(to));
  expectThat(handshakes > 0, `the Envoy of ${caller.name} counts no TLS handshake towards ${to}`);
  const refused = await shop.envoy(caller).sum(`^cluster\\.${to}(-[0-9a-f]+)?\\.ssl\\.(fail_verify.*|connection_error)$`);
  const counted = `${handshakes} handshakes, ${refused} refused`;
  if (PROTOCOLS[to] === 'tcp') return `${outcome.status} from ${outcome.instance ?? ''}, ${counted}`;
  expectThat(outcome.sawClient === spiffeId(from), `${to} saw its caller as ${outcome.sawClient ?? 'nobody'}, not as ${spiffeId(from)}`);
  return `${outcome.status}, ${to} saw ${spiffeId(from)}, ${counted}`;
}

async function forbiddenPair(shop: Shop, from: Workload, to: Workload): Promise<string> {
  const servers = INSTANCES.filter((one) => one.workload === to);
  const denials = async (): Promise<number> => {
    const counts = await Promise.all(servers.map((one) => shop.envoy(one).sum(RBAC_DENIED)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const before = await denials();
  const outcome = await shop.app(firstOf(from)).call(to);
  expectThat(!outcome.ok, `it was answered by ${outcome.instance ?? ''}`);
  if (PROTOCOLS[to] === 'http') expectThat(outcome.status === '403', `the answer is ${outcome.status}, not 403`);
  const after = await denials();
  expectThat(after > before, `the Envoys of ${to} count no denial`);
  return `${outcome.status}, denials counted by ${to}: ${before} → ${after}`;
}

async function plaintext(shop: Shop, workload: 'web' | 'stock'): Promise<string> {
  const { host, port } = shop.inbound(firstOf(workload));
  const outcome = workload === 'web' ? await callHttp(host, port, 3000) : await takeFromStock(host, port, 3000);
  expectThat(!outcome.ok && !/^\d+$/.test(outcome.status), `it was answered: ${outcome.status}`);
  return outcome.status;
}
