import { answer, REQUESTS } from '@weft/bus';
import { nodeCertificateCrypto } from '@weft/ca-crypto-node';
import { consumeFeed } from '@weft/feed';
import type { Change } from '@weft/resource-model';
import type { AppPorts, RunningApp } from '@weft/service-runtime';
import { takesCasFromGlobal, type CaServiceConfig } from './ca-service-config.ts';
import { IdentityAuthorities } from './identities/identity-authorities.ts';
import { MeshAuthorities } from './mesh-authorities.ts';
import { OwnAuthority } from './own-authority.ts';
import { signLeaf, signServer, signWorkload } from './signer.ts';
import { StoreClient } from './store-client.ts';

/**
 * Starts the CA service: makes and reads the CAs of meshes with mTLS as the feed tells of them, publishes what their
 * peers trust, and signs. Replicas share the requests; what is made once is made under the lease `ca`.
 */
export async function startCaService(ports: AppPorts<CaServiceConfig>): Promise<RunningApp> {
  const { bus, clock, config, log } = ports;
  const crypto = nodeCertificateCrypto;
  const store = new StoreClient(ports);
  let closed = false;
  const own = { store, crypto, clock, log, isClosed: () => closed };
  const meshes = new MeshAuthorities({ store, crypto, clock, mayCreate: !takesCasFromGlobal(config) }, log);
  const identities = new IdentityAuthorities({ store, crypto, clock, mayCreate: true, zone: config.multizone.zone.name }, log);
  const signer = { meshes, identities, controlPlane: new OwnAuthority('inter-cp-ca', own), envoyAdmin: new OwnAuthority('envoy-admin-ca', own), crypto, clock };
  const apply = (change: Change): void => {
    meshes.apply(change);
    // A global control plane has no proxies: each zone makes the CAs of its own.
    if (config.mode === 'zone') identities.apply(change);
    const key = change.op === 'put' ? change.resource : change.key;
    if (key.type !== 'GlobalSecret') return;
    if (key.name === 'inter-cp-ca') signer.controlPlane.forget();
    if (key.name === 'envoy-admin-ca') signer.envoyAdmin.forget();
  };
  const served = await Promise.all([
    answer(bus, REQUESTS.signLeaf, (request) => signLeaf(request, signer)),
    answer(bus, REQUESTS.signWorkload, (request) => signWorkload(request, signer)),
    answer(bus, REQUESTS.signServer, (request) => signServer(request, signer)),
  ]);
  const feed = consumeFeed({
    bus, clock, log, types: ['Mesh', 'Secret', 'GlobalSecret', 'MeshIdentity', 'MeshTrust'],
    onSnapshot: ({ resources, envelopes }) => {
      meshes.retain(new Set(resources.filter(({ type }) => type === 'Mesh').map(({ name }) => name)));
      identities.retain(resources);
      // Secrets first: for a mesh that is not known yet they do nothing, so its CA is loaded once.
      for (const envelope of envelopes) apply(envelope);
      for (const resource of resources) apply({ op: 'put', resource });
    },
    onChanges: (records) => {
      for (const { change } of records) apply(change);
    },
  });
  let isReady = false;
  const ready = feed.ready.then(() => void (isReady = true));
  const close = async (): Promise<void> => {
    closed = true;
    meshes.close();
    identities.close();
    await Promise.all(served.map((subscription) => subscription.close()));
    await feed.close();
    await store.releaseLease();
  };
  return { name: 'ca-service', isReady: () => isReady, ready, addresses: {}, close };
}
