import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { JsonObject } from '@bufbuild/protobuf';
import { buildBootstrap, type BootstrapInput, type TokenSource } from '@weft/envoy-builders';
import { err, ok, type Result, type Violation } from '@weft/kernel';
import { trafficSource } from '@weft/proxy-view';
import { dataplaneType, validateResource, type DataplaneSpec, type MeshSpec, type Resource } from '@weft/resource-model';
import type { XdsServerConfig } from '../xds-server-config.ts';
import type { BootstrapRequest } from './bootstrap-request.ts';

/** What an answer depends on beside the request. */
export interface BootstrapContext {
  readonly config: Pick<XdsServerConfig, 'dpServer' | 'bootstrapServer'>;
  readonly authenticate: boolean;
  /** Port that the DP server listens on. */
  readonly port: number;
  /** The DP server's certificate (its SANs are the hosts that may be used), and what proxies must trust. */
  readonly server: { readonly certificatePem: string; readonly caPem: string };
  readonly mesh: (name: string) => Resource<MeshSpec> | undefined;
  readonly dataplane: (key: { readonly mesh: string; readonly name: string }) => Resource<DataplaneSpec> | undefined;
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
  const mesh = context.mesh(request.mesh);
  if (mesh === undefined) return err({ status: 422, text: `mesh: mesh "${request.mesh}" does not exist` });
  const dataplane = request.resourceText === '' ? ok(context.dataplane(request)) : readResource(request);
  if (!dataplane.ok) return dataplane;
  if (dataplane.value === undefined) return err({ status: 404, text: '' });
  const { networking } = dataplane.value.spec;
  if (networking?.gateway?.type === 'BUILTIN') return err({ status: 422, text: 'networking.gateway.type: BUILTIN gateways are not served yet; run a gateway of your own behind a sidecar (DELEGATED)' });
  if (isContradictory(request, dataplane.value.spec)) return err({ status: 422, text: 'dataplaneResource.networking.outbound: must be empty with transparent proxying' });
  return ok({ bootstrap: buildBootstrap(inputOf(context, { request, host, mesh, dataplane: dataplane.value })), address: networking?.address ?? '' });
}

function checkRequest({ authenticate }: BootstrapContext, request: BootstrapRequest): BootstrapRefusal | undefined {
  const problems: string[] = [];
  if (request.proxyType !== 'dataplane') problems.push(`proxyType: "${request.proxyType}" is not served, only "dataplane" is`);
  if (request.mesh === '') problems.push('mesh: cannot be empty');
  if (request.name === '') problems.push('name: cannot be empty');
  if (authenticate && request.token === '' && request.tokenPath === '') problems.push('dataplaneToken: a token is required; give one with --dataplane-token-file, or generate it with "weftctl generate dataplane-token"');
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

function readResource(request: BootstrapRequest): Result<Resource<DataplaneSpec>, BootstrapRefusal> {
  let document: unknown;
  try {
    document = JSON.parse(request.resourceText);
  } catch (caught) {
    return err({ status: 422, text: `dataplaneResource: no JSON: ${String(caught)}` });
  }
  const validated = validateResource(dataplaneType, document);
  if (!validated.ok) return err({ status: 422, text: describe(validated.error) });
  const resource = validated.value.resource as Resource<DataplaneSpec>;
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

interface Parts {
  readonly request: BootstrapRequest;
  readonly host: string;
  readonly mesh: Resource<MeshSpec>;
  readonly dataplane: Pick<Resource<DataplaneSpec>, 'labels' | 'spec'>;
}

function inputOf(context: BootstrapContext, { request, host, mesh, dataplane }: Parts): BootstrapInput {
  const { params } = context.config.bootstrapServer;
  const { inbound = [], gateway, admin } = dataplane.spec.networking ?? {};
  const { mesh: meshName, name, ...facts } = request;
  const service = [gateway, ...inbound].map((source) => source?.tags?.['kuma.io/service']).find((value) => value !== undefined);
  return {
    mesh: meshName,
    name,
    proxyType: 'dataplane',
    service,
    xds: { host: params.xdsHost || host, port: params.xdsPort || context.port, caPem: request.caCert || context.server.caPem },
    token: tokenSource(context, request),
    admin: params.envoyAdminUnixSocket ? 'socket' : { address: params.adminAddress, port: params.adminPort },
    adminPort: admin?.port ?? params.adminPort,
    unifiedNaming: request.features.includes(UNIFIED) && mesh.spec.meshServices?.mode === 'Exclusive',
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
    source: trafficSource(dataplane),
  };
}

function tokenSource({ config }: BootstrapContext, { token, tokenPath }: BootstrapRequest): TokenSource | undefined {
  if (tokenPath !== '' && (token === '' || config.dpServer.authn.enableReloadableTokens)) return { kind: 'file', path: tokenPath };
  return token === '' ? undefined : { kind: 'inline', token };
}
