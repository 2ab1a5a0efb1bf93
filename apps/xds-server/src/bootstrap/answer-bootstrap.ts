import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { JsonObject } from '@bufbuild/protobuf';
import { buildBootstrap, type BootstrapInput, type TokenSource } from '@weft/envoy-builders';
import { err, ok, type Result, type Violation } from '@weft/kernel';
import { trafficSource, type ProxyKey, type TrafficSource } from '@weft/proxy-view';
import { dataplaneType, validateResource, zoneEgressType, zoneIngressType, type DataplaneSpec, type MeshSpec, type Resource, type ResourceType } from '@weft/resource-model';
import type { ProxySpec } from '../config/feed-view.ts';
import { ZONE_PROXIES } from '../node/proxy-node.ts';
import type { XdsServerConfig } from '../xds-server-config.ts';
import type { BootstrapRequest } from './bootstrap-request.ts';

/** What an answer depends on beside the request. */
export interface BootstrapContext {
  readonly config: Pick<XdsServerConfig, 'dpServer' | 'bootstrapServer'>;
  /** Whether Dataplanes must show a token. */
  readonly authenticate: boolean;
  /** Whether proxies of the zone must. */
  readonly authenticateZoneProxies: boolean;
  /** Port that the DP server listens on. */
  readonly port: number;
  /** The DP server's certificate (its SANs are the hosts that may be used), and what proxies must trust. */
  readonly server: { readonly certificatePem: string; readonly caPem: string };
  readonly mesh: (name: string) => Resource<MeshSpec> | undefined;
  readonly dataplane: (key: { readonly mesh: string; readonly name: string }) => Resource<DataplaneSpec> | undefined;
  readonly zoneProxy: (key: ProxyKey) => Resource<ProxySpec> | undefined;
}

/** A refusal: status and text of the HTTP answer. */
export interface BootstrapRefusal {
  readonly status: 400 | 404 | 422;
  readonly text: string;
}

/** Envoy's bootstrap and what the agent itself is to know. */
export interface BootstrapAnswer {
  readonly bootstrap: JsonObject;
  /** `networking.address` of the Dataplane. */
  readonly address: string;
}

const UNIFIED = 'feature-unified-resource-naming';

/** Checks a request and builds the bootstrap; statuses are those of Kuma 2.14. `host`: of the Host header, without port. */
export function answerBootstrap(context: BootstrapContext, request: BootstrapRequest, host: string): Result<BootstrapAnswer, BootstrapRefusal> {
  const refusal = checkRequest(context, request) ?? checkHost(context, host) ?? checkTrust(request);
  if (refusal !== undefined) return err(refusal);
  const subject = request.proxyType === 'dataplane' ? dataplaneSubject(context, request) : zoneProxySubject(context, request);
  if (!subject.ok) return subject;
  return ok({ bootstrap: buildBootstrap(inputOf(context, { request, host }, subject.value)), address: subject.value.networking.address ?? '' });
}

/** What a bootstrap needs to know of the resource that the proxy is. */
interface BootstrapSubject {
  readonly networking: { readonly address?: string; readonly admin?: { readonly port?: number } };
  readonly service: string | undefined;
  readonly unifiedNaming: boolean;
  readonly source?: TrafficSource;
}

function dataplaneSubject(context: BootstrapContext, request: BootstrapRequest): Result<BootstrapSubject, BootstrapRefusal> {
  const mesh = context.mesh(request.mesh);
  if (mesh === undefined) return err({ status: 422, text: `mesh: mesh "${request.mesh}" does not exist` });
  const dataplane = request.resourceText === '' ? ok(context.dataplane(request)) : readResource<DataplaneSpec>(request, dataplaneType);
  if (!dataplane.ok) return dataplane;
  if (dataplane.value === undefined) return err({ status: 404, text: '' });
  const { networking = {} } = dataplane.value.spec;
  if (networking.gateway?.type === 'BUILTIN') return err({ status: 422, text: 'networking.gateway.type: BUILTIN gateways are not served yet; run a gateway of your own behind a sidecar (DELEGATED)' });
  if (isContradictory(request, dataplane.value.spec)) return err({ status: 422, text: 'dataplaneResource.networking.outbound: must be empty with transparent proxying' });
  const { inbound = [], gateway } = networking;
  const service = [gateway, ...inbound].map((source) => source?.tags?.['kuma.io/service']).find((value) => value !== undefined);
  return ok({ networking, service, unifiedNaming: request.features.includes(UNIFIED) && mesh.spec.meshServices?.mode === 'Exclusive', source: trafficSource(dataplane.value) });
}

function zoneProxySubject(context: BootstrapContext, request: BootstrapRequest): Result<BootstrapSubject, BootstrapRefusal> {
  const type = request.proxyType === 'ingress' ? zoneIngressType : zoneEgressType;
  const key: ProxyKey = { type: request.proxyType === 'ingress' ? 'ZoneIngress' : 'ZoneEgress', mesh: '', name: request.name };
  const resource = request.resourceText === '' ? ok(context.zoneProxy(key)) : readResource<ProxySpec>({ ...request, mesh: '' }, type);
  if (!resource.ok) return resource;
  if (resource.value === undefined) return err({ status: 404, text: '' });
  return ok({ networking: resource.value.spec.networking ?? {}, service: undefined, unifiedNaming: request.features.includes(UNIFIED) });
}

function checkRequest({ authenticate, authenticateZoneProxies }: BootstrapContext, request: BootstrapRequest): BootstrapRefusal | undefined {
  const problems: string[] = [];
  const ofZone = request.proxyType in ZONE_PROXIES;
  if (!ofZone && request.proxyType !== 'dataplane') problems.push(`proxyType: "${request.proxyType}" is not served, only "dataplane", "ingress" and "egress" are`);
  if (!ofZone && request.mesh === '') problems.push('mesh: cannot be empty');
  if (request.name === '') problems.push('name: cannot be empty');
  if ((ofZone ? authenticateZoneProxies : authenticate) && request.token === '' && request.tokenPath === '') {
    problems.push(`dataplaneToken: a token is required; give one with --dataplane-token-file, or generate it with "weftctl generate ${ofZone ? `zone-token --scope ${request.proxyType}` : 'dataplane-token'}"`);
  }
  return problems.length === 0 ? undefined : { status: 422, text: problems.join('; ') };
}

function checkHost({ server, config }: BootstrapContext, host: string): BootstrapRefusal | undefined {
  if (config.bootstrapServer.params.xdsHost !== '') return undefined;
  const certificate = new X509Certificate(server.certificatePem);
  const named = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (named !== undefined) return undefined;
  return { status: 400, text: `a dataplane proxy was trying to connect to the control plane with "${host}", which is none of the names in its certificate (${certificate.subjectAltName ?? 'none'})` };
}

function checkTrust({ caCert }: BootstrapRequest): BootstrapRefusal | undefined {
  if (caCert === '') return undefined;
  try {
    return new X509Certificate(caCert).ca ? undefined : { status: 400, text: 'caCert: the certificate is no CA (basic constraints CA=false): give the CA that signed it' };
  } catch {
    return { status: 400, text: 'caCert: not a PEM certificate' };
  }
}

function readResource<Spec>(request: BootstrapRequest, type: ResourceType): Result<Resource<Spec>, BootstrapRefusal> {
  let document: unknown;
  try {
    document = JSON.parse(request.resourceText);
  } catch (caught) {
    return err({ status: 422, text: `dataplaneResource: no JSON: ${String(caught)}` });
  }
  const validated = validateResource(type, document);
  if (!validated.ok) return err({ status: 422, text: describe(validated.error) });
  const resource = validated.value.resource as Resource<Spec>;
  const { mesh, name } = resource;
  if (mesh !== request.mesh || name !== request.name) return err({ status: 422, text: `dataplaneResource: is "${mesh}.${name}", the request is for "${request.mesh}.${request.name}"` });
  return ok(resource);
}

/** Redirection takes every connection to where it was meant to go: outbounds with addresses of their own have no place there. */
function isContradictory({ transparentProxy }: BootstrapRequest, { networking }: DataplaneSpec): boolean {
  const redirected = networking?.transparentProxying !== undefined || transparentProxy !== undefined;
  return redirected && (networking?.outbound ?? []).length > 0;
}

function describe(violations: readonly Violation[]): string {
  return violations.map(({ path, message }) => `dataplaneResource${path === '' ? '' : `.${path}`}: ${message}`).join('; ');
}

function inputOf(context: BootstrapContext, { request, host }: { readonly request: BootstrapRequest; readonly host: string }, subject: BootstrapSubject): BootstrapInput {
  const { params } = context.config.bootstrapServer;
  const { mesh, name, proxyType, ...facts } = request;
  return {
    mesh: proxyType in ZONE_PROXIES ? '' : mesh,
    name,
    proxyType: proxyType === 'ingress' || proxyType === 'egress' ? proxyType : 'dataplane',
    service: subject.service,
    xds: { host: params.xdsHost || host, port: params.xdsPort || context.port, caPem: request.caCert || context.server.caPem },
    token: tokenSource(context, request),
    admin: params.envoyAdminUnixSocket ? 'socket' : { address: params.adminAddress, port: params.adminPort },
    adminPort: subject.networking.admin?.port ?? params.adminPort,
    unifiedNaming: subject.unifiedNaming,
    delta: request.features.includes('feature-delta-grpc'),
    hds: context.config.dpServer.hds.enabled,
    workdir: facts.workdir,
    features: facts.features,
    version: facts.version,
    resourceText: request.resourceText === '' ? undefined : request.resourceText,
    dnsPort: facts.dnsPort,
    readinessPort: facts.readinessPort,
    appProbeProxyEnabled: facts.appProbeProxyEnabled,
    ipv6Enabled: facts.ipv6Enabled,
    systemCaPath: facts.systemCaPath,
    metricsCertPath: facts.metricsCertPath,
    metricsKeyPath: facts.metricsKeyPath,
    spireSocketPath: facts.spireSocketPath,
    dynamicMetadata: facts.dynamicMetadata,
    otelEnv: facts.otelEnv,
    transparentProxy: facts.transparentProxy,
    ...(subject.source !== undefined && { source: subject.source }),
  };
}

function tokenSource({ config }: BootstrapContext, { token, tokenPath }: BootstrapRequest): TokenSource | undefined {
  if (tokenPath !== '' && (token === '' || config.dpServer.authn.enableReloadableTokens)) return { kind: 'file', path: tokenPath };
  return token === '' ? undefined : { kind: 'inline', token };
}
