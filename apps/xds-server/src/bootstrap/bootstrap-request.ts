import type { JsonObject } from '@bufbuild/protobuf';
import { err, ok, type Result } from '@weft/kernel';
import { isObject } from '@weft/resource-model';

/** The agent's `POST /bootstrap`, as Kuma 2.14's kuma-dp sends it; unknown fields are ignored. */
export interface BootstrapRequest {
  readonly mesh: string;
  readonly name: string;
  readonly proxyType: string;
  readonly token: string;
  readonly tokenPath: string;
  /** The Dataplane in REST form, as JSON text; empty where it exists already. */
  readonly resourceText: string;
  readonly version: JsonObject | undefined;
  /** PEM that the agent trusts; empty asks for ours. */
  readonly caCert: string;
  readonly dynamicMetadata: Readonly<Record<string, string>>;
  readonly dnsPort: number | undefined;
  readonly readinessPort: number | undefined;
  readonly appProbeProxyEnabled: boolean;
  readonly features: readonly string[];
  readonly workdir: string;
  readonly metricsCertPath: string;
  readonly metricsKeyPath: string;
  readonly systemCaPath: string;
  readonly ipv6Enabled: boolean;
  readonly spireSocketPath: string;
  readonly otelEnv: JsonObject | undefined;
  readonly transparentProxy: JsonObject | undefined;
}

/** Reads a request's body. Never throws; the error says what is no JSON object or has the wrong type. */
export function parseBootstrapRequest(body: string): Result<BootstrapRequest, string> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (caught) {
    return err(`the body is no JSON: ${caught instanceof Error ? caught.message : String(caught)}`);
  }
  if (!isObject(json)) return err('the body is no JSON object');
  const metrics = isObject(json['metricsResources']) ? json['metricsResources'] : {};
  const spire = isObject(json['spireResources']) ? json['spireResources'] : {};
  return ok({
    mesh: text(json['mesh']),
    name: text(json['name']),
    proxyType: text(json['proxyType']) || 'dataplane',
    token: text(json['dataplaneToken']),
    tokenPath: text(json['dataplaneTokenPath']),
    resourceText: text(json['dataplaneResource']),
    version: object(json['version']),
    caCert: text(json['caCert']),
    dynamicMetadata: strings(json['dynamicMetadata']),
    dnsPort: port(json['dnsPort']),
    readinessPort: port(json['readinessPort']),
    // The name says the opposite of what stock agents mean by it.
    appProbeProxyEnabled: json['appProbeProxyDisabled'] === true,
    features: Array.isArray(json['features']) ? json['features'].filter((feature): feature is string => typeof feature === 'string') : [],
    workdir: text(json['workdir']),
    metricsCertPath: text(metrics['certPath']),
    metricsKeyPath: text(metrics['keyPath']),
    systemCaPath: text(json['systemCaPath']),
    ipv6Enabled: json['ipv6Enabled'] === true,
    spireSocketPath: text(spire['socketPath']),
    otelEnv: object(json['otelEnv']),
    transparentProxy: object(json['dataplaneConfig']),
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function object(value: unknown): JsonObject | undefined {
  return isObject(value) ? (value as JsonObject) : undefined;
}

function strings(value: unknown): Readonly<Record<string, string>> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
}

function port(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined;
}
