import type { Violation } from '@weft/kernel';
import type { Resource } from '../../resource.ts';
import type { ResourceType } from '../../resource-type.ts';
import { portViolations } from '../../rules/port.ts';
import { tagViolations } from '../../rules/tags.ts';
import { MeshGatewaySchema, type MeshGatewayListener, type MeshGatewaySpec } from './schema.ts';

/** MeshGateway: listeners of builtin gateways. */
export const meshGatewayType: ResourceType<MeshGatewaySpec> = {
  name: 'MeshGateway',
  scope: 'Mesh',
  plural: 'meshgateways',
  cliName: 'meshgateway',
  shortName: 'mgw',
  singularDisplayName: 'Mesh Gateway',
  pluralDisplayName: 'Mesh Gateways',
  form: 'inline',
  schema: MeshGatewaySchema,
  origin: 'both',
  federated: true,
  feed: 'full',
  inert: true,
  validate: validateMeshGateway,
};

function validateMeshGateway({ spec }: Resource<MeshGatewaySpec>): readonly Violation[] {
  const { selectors = [], conf } = spec;
  const listeners = conf?.listeners ?? [];
  return [
    ...(selectors.length === 0 ? [{ path: 'selectors', message: 'must have at least one element' }] : []),
    ...selectors.flatMap(({ match }, index) => tagViolations(`selectors[${index}].match`, match, { selector: true, requireService: true })),
    ...tagViolations('tags', spec.tags ?? {}),
    ...(spec.tags?.['kuma.io/service'] === undefined ? [] : [{ path: 'tags["kuma.io/service"]', message: 'tag name must not be "kuma.io/service"' }]),
    ...(conf === undefined ? [{ path: 'conf', message: 'cannot be empty' }] : []),
    ...(conf !== undefined && listeners.length === 0 ? [{ path: 'conf.listeners', message: 'cannot be empty' }] : []),
    ...listeners.flatMap((listener, index) => listenerViolations(listener, { path: `conf.listeners[${index}]`, earlier: listeners.slice(0, index) })),
  ];
}

function listenerViolations(listener: MeshGatewayListener, { path, earlier }: { readonly path: string; readonly earlier: readonly MeshGatewayListener[] }): readonly Violation[] {
  const { port, protocol = 'NONE', tls, crossMesh } = listener;
  const beside = earlier.filter((other) => other.port === port);
  const terminates = protocol === 'HTTPS' || protocol === 'TLS';
  return [
    ...portViolations(`${path}.port`, port),
    ...(protocol === 'NONE' ? [{ path: `${path}.protocol`, message: 'cannot be empty' }] : []),
    ...(terminates && tls === undefined ? [{ path: `${path}.tls`, message: 'cannot be empty' }] : []),
    ...(tls?.mode === 'TERMINATE' && (tls.certificates ?? []).length === 0 && crossMesh !== true ? [{ path: `${path}.tls.certificates`, message: 'cannot be empty in TLS termination mode' }] : []),
    ...(crossMesh === true && (protocol !== 'HTTP' || tls !== undefined) ? [{ path: `${path}.crossMesh`, message: 'takes protocol HTTP and no tls' }] : []),
    ...(beside.some((other) => other.protocol !== listener.protocol) ? [{ path: `${path}.protocol`, message: `port ${port ?? 0} has another protocol already` }] : []),
    ...(beside.some((other) => (other.hostname ?? '*') === (listener.hostname ?? '*')) ? [{ path: `${path}.hostname`, message: `port ${port ?? 0} has a listener with this hostname already` }] : []),
  ];
}
