import { readFile } from 'node:fs/promises';
import { adminOpenOf, answer, ask, previewOf, proxyConfigOf, REQUESTS } from '@weft/bus';
import type { ConfigEngine } from '@weft/config-pipeline';
import { startSecureServer } from '@weft/grpc-transport';
import { MeshError, ok } from '@weft/kernel';
import type { Change, Resource, Revision } from '@weft/resource-model';
import { keepServerIdentity, readServerIdentity, requestServerIdentity, serverNames, type AppPorts, type RunningApp, type ServerIdentity } from '@weft/service-runtime';
import { trustedKeys } from '@weft/tokens';
import { AdminAuthority, ADMIN_CA_SECRET } from './admin/admin-authority.ts';
import { adminOpener } from './admin/open-admin.ts';
import { adminRequestHandler } from './admin/answer-admin-requests.ts';
import { issueAdminCertificate } from './admin/issue-admin-certificate.ts';
import { adsService } from './ads/ads-service.ts';
import { bootstrapHandler } from './bootstrap/bootstrap-handler.ts';
import { ConfigLoop } from './config/config-loop.ts';
import { FeedView } from './config/feed-view.ts';
import { handleDrain } from './health/drain-handler.ts';
import { HdsStreams } from './health/hds-streams.ts';
import { ReadinessWriter } from './health/readiness-writer.ts';
import { ObservedWriter } from './insights/observed-writer.ts';
import { ProxyInsight } from './insights/proxy-insight.ts';
import { ExternalSecrets } from './leaf/external-secrets.ts';
import { LeafIssuer } from './leaf/leaf-issuer.ts';
import { TlsReadiness } from './leaf/tls-readiness.ts';
import { ProxySecrets, ValidationSecrets } from './leaf/proxy-secrets.ts';
import type { ProxyNode } from './node/proxy-node.ts';
import { previewHandler } from './preview/answer-preview.ts';
import { proxyConfigHandler } from './preview/answer-proxy-config.ts';
import { PreviewTurns } from './preview/preview-turns.ts';
import { admitProxy, checkToken, verifyToken } from './proxies/admission.ts';
import { ConnectedProxy } from './proxies/connected-proxy.ts';
import { Handovers } from './proxies/handovers.ts';
import { ProxyRegistry } from './proxies/proxy-registry.ts';
import { verifyProxyToken, type ZoneProxyRules } from './proxies/zone-proxy-admission.ts';
import { RefusalExplainer } from './refusals/refusal-explainer.ts';
import { httpRoutes } from './server/http-routes.ts';
import type { XdsServerConfig } from './xds-server-config.ts';

/** Ports of the app. */
export type XdsServerPorts = AppPorts<XdsServerConfig>;

/** Who hears the feed: first everything that there is, then each change, in order. */
export interface FeedListener {
  load(resources: readonly Resource[]): void;
  apply(changes: readonly Change[]): void;
  /** What the feed has come to; where changes lead there, called before them. */
  head(revision: Revision): void;
}

/** A running consumer of the feed. */
export interface FeedHandle {
  /** Resolves once the listener has heard everything up to the head first read. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** What {@link runXdsServer} is put together from. */
export interface XdsServerParts {
  readonly engine: ConfigEngine;
  readonly startFeed: (listener: FeedListener) => FeedHandle;
  /** 0 to 1. */
  readonly random: () => number;
}

/** Starts the DP server on its parts: see {@link startXdsServer}. */
export async function runXdsServer(ports: XdsServerPorts, parts: XdsServerParts): Promise<RunningApp> {
  const { config, bus, clock, log, instance } = ports;
  const authenticate = config.dpServer.authn.dpProxy.type !== 'none';
  const { dpProxy, zoneProxy } = config.dpServer.authn;
  const feed = new FeedView(
    clock, trustedKeys('dataplane', dpProxy.dpToken?.validator, 'dpServer.authn.dpProxy.dpToken.validator'), trustedKeys('zone', zoneProxy.zoneToken?.validator, 'dpServer.authn.zoneProxy.zoneToken.validator'),
  );
  const zoneProxies: ZoneProxyRules = { zone: config.multizone.zone.name, authenticate: zoneProxy.type !== 'none', verifier: feed.zoneVerifier };
  const observed = await ObservedWriter.start({ bus, clock, instance, onFailure: (caught) => log.debug({ error: String(caught) }, 'observed state could not be written, it is tried again') });
  const issuer = new LeafIssuer(bus, config.xdsServer.leafKeyType);
  const authority: AdminAuthority = new AdminAuthority({ bus, clock, log, onChange: () => registry.trustChanged(feed.meshNames) });
  const validation = new ValidationSecrets({ trust: (mesh) => feed.trust(mesh), trustDomains: (mesh) => feed.trustDomains(mesh), adminCa: () => authority.ca });
  const external: ExternalSecrets = new ExternalSecrets({
    bus, clock, onChange: () => registry.trustChanged(feed.meshNames),
    onFailure: ({ mesh, name }, reason) => log.warn({ mesh, secret: name, reason }, 'a secret for a server outside the mesh cannot be made: the server is not called until it can'),
  });

  const createProxy = (node: ProxyNode): ConnectedProxy => {
    const proxy: ConnectedProxy = new ConnectedProxy(node, {
      insight: new ProxyInsight(instance),
      secrets: new ProxySecrets(node.key, {
        clock, validation, external, random: parts.random, issuer: (ref) => feed.issuer(ref), issue: (ref) => issuer.issue(ref),
        adminCa: () => authority.ca, issueAdmin: (ref) => issueAdminCertificate(ref, { bus, clock }),
        onChange: (names) => {
          proxy.secretsChanged(names);
          observed.touch(proxy);
        },
        onFailure: (ref, caught) => log.warn({ mesh: ref.mesh, proxy: node.key.name, error: MeshError.from(caught).message }, 'a certificate could not be issued, it is tried again'),
      }),
    });
    return proxy;
  };

  const deregister = async (proxy: ConnectedProxy): Promise<void> => {
    const resource = feed.proxy(proxy.key);
    if (proxy.node.document === undefined || resource === undefined) return;
    await observed.flush();
    try {
      await ask(bus, REQUESTS.proxyDeregister, { key: { type: 'Dataplane', ...proxy.key }, version: resource.version });
      observed.forget(proxy.key);
    } catch (caught) {
      log.warn({ mesh: proxy.key.mesh, proxy: proxy.key.name, error: MeshError.from(caught).message }, 'a proxy that left could not be deregistered');
    }
  };

  const loop = new ConfigLoop({
    engine: parts.engine, clock,
    deliver: (update) => {
      handovers.see(update);
      if (update.refusal !== undefined) log.warn({ mesh: update.proxy.mesh, proxy: update.proxy.name, reason: update.refusal }, 'a proxy gets no config');
      if (update.defect !== undefined) log.error({ mesh: update.proxy.mesh, proxy: update.proxy.name, reason: update.defect }, 'a defect: the proxy gets nothing new until something that concerns it changes');
      registry.deliver(update);
    },
    onSettled: (revision) => observed.settled(revision),
    onDefect: (caught) => log.error({ error: caught instanceof Error ? caught.stack : String(caught) }, 'a defect while configs were built'),
  });
  const handovers = new Handovers(clock, (key, credentials) => loop.release(key, credentials));
  const explainer: RefusalExplainer = new RefusalExplainer({
    engine: parts.engine, clock, touch: (proxy) => observed.touch(proxy),
    onDefect: (caught) => log.error({ error: caught instanceof Error ? caught.stack : String(caught) }, 'a defect while it was looked for what a refusal came from'),
  });
  const noticed = (proxy: ConnectedProxy): void => {
    observed.touch(proxy);
    explainer.look(proxy);
  };
  const registry = new ProxyRegistry({
    clock, create: createProxy, goneAfterMs: config.xdsServer.dataplaneDeregistrationDelay,
    connect: (client) => loop.connect(client),
    disconnect: (key) => loop.disconnect(key),
    touch: noticed,
    onGone: (proxy) => void deregister(proxy),
  });

  const rotation = new ReadinessWriter({ bus, clock, log });
  const probes = new HdsStreams({
    clock, settings: config.dpServer.hds, dataplane: (key) => feed.dataplane(key),
    authenticate: (node, metadata) => checkToken({ authenticate, feed }, node.key, { metadata, resources: [feed.dataplane(node.key)] }),
    write: (key, finding) => rotation.write(key, finding),
  });
  const readiness = new TlsReadiness({ bus, clock, feed, onChange: (mesh, service, ready) => loop.setTlsReady(mesh, service, ready) });
  await readiness.start();
  const source = parts.startFeed({
    head: (revision) => loop.head(revision),
    load: (resources) => {
      feed.load(resources);
      for (const mesh of feed.meshNames) readiness.meshChanged(mesh);
      loop.load(resources);
      registry.trustChanged(feed.meshNames);
      probes.reloaded();
    },
    apply: (changes) => {
      const { trust, meshes } = feed.apply(changes);
      for (const mesh of meshes) readiness.meshChanged(mesh);
      loop.apply(changes);
      registry.trustChanged(trust);
      for (const change of changes) {
        const key = change.op === 'put' ? change.resource : change.key;
        if (key.type === 'Dataplane') probes.dataplaneChanged({ mesh: key.mesh, name: key.name });
        if (key.type === 'Secret') external.secretChanged(key.mesh, key.name);
        if (key.type === 'GlobalSecret' && key.name === ADMIN_CA_SECRET) authority.secretChanged();
      }
    },
  });

  const { tlsCertFile } = config.dpServer;
  const findIdentity = (): Promise<ServerIdentity> =>
    tlsCertFile === '' ? requestServerIdentity(ports, serverNames([config.bootstrapServer.params.xdsHost])) : readServerIdentity('dpServer', config.dpServer);
  let identity = await findIdentity();
  // Proxies that come back find what they hold of it still right. With a certificate of its own the server waits for no one.
  if (tlsCertFile === '') await authority.answered;
  const { corefileTemplatePath } = config.bootstrapServer.params;
  const corefileTemplate = corefileTemplatePath === '' ? undefined : await readFile(corefileTemplatePath, 'utf8');
  let ready = false;

  const server = await startSecureServer({
    host: config.dpServer.interface || '0.0.0.0',
    port: config.dpServer.port,
    certificate: identity.certificate,
    limits: { headersMs: config.dpServer.readHeaderTimeout },
    onRejected: (reason) => log.debug({ reason }, 'a connection was turned away'),
    http: httpRoutes({
      '/bootstrap': bootstrapHandler({
        corefileTemplate,
        context: () => (ready ? {
          config, authenticate, port: server.port, server: { certificatePem: identity.certificate.certificatePem, caPem: identity.caPem },
          authenticateZoneProxies: zoneProxies.authenticate, mesh: (name) => feed.mesh(name), dataplane: (key) => feed.dataplane(key), zoneProxy: (key) => feed.proxy(key),
        } : undefined),
      }),
      '/drain': (request, response) => handleDrain({
        authenticate: async (key, token) => {
          if (key.type !== undefined) return verifyProxyToken(zoneProxies, key.type === 'ZoneIngress' ? 'ingress' : 'egress', token);
          return authenticate ? verifyToken(feed, key, { token, resources: [feed.dataplane(key)] }) : ok(null);
        },
        drain: async (key) => {
          if (key.type === undefined) probes.draining(key);
          // What somebody wrote through the API is not the agent's to change.
          else if (registry.find(key)?.node.document === undefined) return;
          await rotation.drain(key);
        },
      }, request, response),
    }, (error) => log.error({ error: error.message }, 'an HTTP request failed')),
    services: [
      adsService({
        clock, nackBackoffMs: config.xdsServer.nackBackoff,
        admit: async (node, metadata, fresh) => {
          const admitted = await admitProxy({ feed, feedReady: source.ready, bus, clock, instance, authenticate, zoneProxies }, node, { metadata, fresh });
          if (fresh) probes.restarted(node.key);
          if (!admitted.ok) log.warn({ proxy: node.id, reason: admitted.error.message }, 'a proxy was refused');
          return admitted;
        },
        attach: (node, sink) => registry.attach(node, sink),
        detach: (proxy, sink) => {
          rotation.forget(proxy.key);
          registry.detach(proxy, sink);
        },
        touch: noticed,
        revision: () => loop.revision,
        started: (proxy) => {
          // Zone proxies have no inbounds that could be out of rotation.
          if (proxy.key.type === undefined) rotation.started(proxy.key);
        },
      }),
      ...(config.dpServer.hds.enabled ? [probes.service()] : []),
    ],
  });
  const stopRenewal = keepServerIdentity(clock, identity, async () => {
    identity = await findIdentity();
    server.replaceCertificate(identity.certificate);
    return identity;
  });
  const opener = adminOpener({ bus, instance, find: (key) => registry.find(key) });
  const turns = new PreviewTurns();
  const requests = await Promise.all([
    answer(bus, adminOpenOf(instance), opener.here),
    answer(bus, REQUESTS.envoyAdmin, adminRequestHandler({ bus, authority, open: opener.anywhere })),
    answer(bus, proxyConfigOf(instance), proxyConfigHandler({
      bus, turns, engine: parts.engine,
      find: (key) => {
        const proxy = registry.find(key);
        return proxy && { client: proxy.node.client, snapshot: proxy.snapshot };
      },
    })),
    answer(bus, previewOf(instance), previewHandler({ bus, turns, engine: parts.engine, clientsOf: (mesh) => registry.clientsOf(mesh) })),
  ]);
  const appReady = source.ready.then(() => {
    ready = true;
    log.info({ address: `${server.host}:${server.port}` }, 'the DP server serves');
  });

  return {
    name: 'xds-server',
    isReady: () => ready,
    ready: appReady,
    addresses: { dpServer: `${server.host}:${server.port}` },
    held: () => {
      const { proxies, groups, due, dataplanes, endpoints } = parts.engine.held;
      return { known_proxies: registry.size, open_streams: registry.connected, configured_proxies: proxies, groups, due_proxies: due, dataplanes, endpoint_sets: endpoints };
    },
    close: async () => {
      ready = false;
      loop.stop();
      handovers.close();
      explainer.stop();
      rotation.stop();
      stopRenewal();
      await readiness.stop();
      authority.stop();
      await Promise.all(requests.map((serving) => serving.close()));
      await source.close();
      registry.close();
      await server.close(0);
      await observed.stop();
    },
  };
}
