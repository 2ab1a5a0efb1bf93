import type { Violation } from '@weft/kernel';
import type { ResourceKey } from '../resource.ts';
import { isIpv6 } from '../rules/address.ts';
import type { ResourceType } from '../resource-type.ts';
import type { ControlPlaneSite } from './site.ts';

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MESH_NAME = /^[0-9a-z\-_.]*$/;

/** Whether text is a lower-case RFC 1123 subdomain of at most 253 characters. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** What is wrong with the name and the mesh of a resource: length, and the characters of RFC 1123. Texts follow Kuma 2.14. */
export function nameViolations(type: ResourceType, { name, mesh }: ResourceKey, site?: ControlPlaneSite): readonly Violation[] {
  if (name === '') return [{ path: 'name', message: 'cannot be empty' }];
  const violations: Violation[] = [];
  const longest = longestName(type, site);
  if (name.length > longest) violations.push({ path: 'name', message: `value length must less or equal ${longest}` });
  // A virtual address is named after itself.
  const address = type.internal === true && isIpv6(name);
  if (!SUBDOMAIN.test(name) && !address) violations.push({ path: 'name', message: BAD_NAME });
  if (type.scope === 'Mesh' && mesh === '') violations.push({ path: 'mesh', message: 'cannot be empty' });
  if (!MESH_NAME.test(mesh)) violations.push({ path: 'mesh', message: BAD_MESH });
  return violations;
}

const BAD_NAME =
  "invalid characters. A lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const BAD_MESH = "invalid characters. Valid characters are numbers, lowercase latin letters and '-', '_' symbols.";

// A zone's resources get the zone's name in front when they travel to the global control plane.
function longestName(type: ResourceType, site: ControlPlaneSite | undefined): number {
  if (type.name === 'Mesh' || type.name === 'MeshService') return 63;
  return site?.federated === true ? 252 - site.zone.length : 253;
}
