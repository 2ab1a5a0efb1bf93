import { err, MeshError, ok, type Result } from '@weft/kernel';
import { parseDocument } from 'yaml';
import type { ProxyType } from './run-settings.ts';

/** The resource that an agent registers for its proxy, as it was given. `json` is the REST form, sent as it is. */
export interface ProxyResource {
  readonly type: string;
  readonly mesh: string;
  readonly name: string;
  readonly json: string;
  /** Whether it says that its connections are redirected (`networking.transparentProxying`). */
  readonly redirected: boolean;
}

const EXPECTED: Readonly<Record<ProxyType, string>> = { dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' };
const VARIABLE = /\{\{\{?\s*&?\s*([\w.-]+)\s*\}?\}\}/g;

/**
 * Reads a proxy's resource from YAML or JSON after putting in the values of `{{ name }}` variables. Only what the agent itself
 * relies on is checked here; the control plane validates the rest. Never throws; the error has code `resource/invalid`.
 */
export function readProxyResource(text: string, variables: ReadonlyMap<string, string>, proxyType: ProxyType): Result<ProxyResource, MeshError> {
  const missing = [...text.matchAll(VARIABLE)].map((match) => match[1] ?? '').filter((name) => !variables.has(name));
  if (missing.length > 0) return invalid(`it uses variables without a value: give ${[...new Set(missing)].map((name) => `-v ${name}=…`).join(' ')}`);
  const parsed = parseYaml(text.replace(VARIABLE, (_, name: string) => variables.get(name) ?? ''));
  if (!parsed.ok) return invalid(parsed.error);
  const resource = parsed.value;
  if (typeof resource !== 'object' || resource === null) return invalid('it is not a YAML object');
  const { type, mesh, name } = resource as Readonly<Record<string, unknown>>;
  if (type !== EXPECTED[proxyType]) return invalid(`invalid proxy resource type "${String(type)}", expected ${EXPECTED[proxyType]}`);
  if (typeof name !== 'string' || name === '') return invalid('name: must be non-empty');
  if (proxyType === 'dataplane' && (typeof mesh !== 'string' || mesh === '')) return invalid('mesh: must be non-empty');
  return ok({ type, mesh: typeof mesh === 'string' ? mesh : '', name, json: JSON.stringify(resource), redirected: isRedirected(resource) });
}

function isRedirected(resource: object): boolean {
  const { networking } = resource as { readonly networking?: { readonly transparentProxying?: { readonly redirectPortOutbound?: unknown } } };
  return Number(networking?.transparentProxying?.redirectPortOutbound ?? 0) > 0;
}

function parseYaml(text: string): Result<unknown, string> {
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined) return err(problem.message);
  try {
    return ok(document.toJS() as unknown);
  } catch (error) {
    // The parser refuses aliases that multiply without end.
    return err(error instanceof Error ? error.message : String(error));
  }
}

function invalid(why: string): Result<never, MeshError> {
  return err(new MeshError('resource/invalid', `The proxy's resource cannot be used: ${why}`));
}
