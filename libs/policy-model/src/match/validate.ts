import type { Violation } from '@weft/kernel';
import { isDnsSubdomain } from '@weft/resource-model';
import type { Match } from './schema.ts';
import { spiffeIdProblem } from './spiffe-id.ts';

/** Rules of one match. A prefix, too, must be a whole SPIFFE ID. Texts follow Kuma 2.14. */
export function matchViolations(match: Match, path: string): readonly Violation[] {
  if (match.spiffeID === undefined && match.sni === undefined) return [{ path, message: "must specify at least one of 'spiffeID' or 'sni'" }];
  return [...spiffeIdViolations(match.spiffeID, `${path}.spiffeID`), ...sniViolations(match.sni, `${path}.sni`)];
}

/** Rules of one condition on the caller's SPIFFE ID. */
export function spiffeIdViolations(spiffeID: Match['spiffeID'], path: string): readonly Violation[] {
  if (spiffeID === undefined) return [];
  const problem = spiffeIdProblem(spiffeID.value);
  return [...typeViolations(spiffeID.type, ['Exact', 'Prefix'], `${path}.type`), ...(problem === undefined ? [] : [{ path, message: `must be a valid Spiffe ID: ${problem}` }])];
}

function sniViolations(sni: Match['sni'], path: string): readonly Violation[] {
  if (sni === undefined) return [];
  const value = `${path}.value`;
  const types = typeViolations(sni.type, ['Exact'], `${path}.type`);
  if (sni.value === '') return [...types, { path: value, message: 'must be set' }];
  return isDnsSubdomain(sni.value) ? types : [...types, { path: value, message: 'must be a valid DNS name: a lowercase RFC 1123 subdomain' }];
}

function typeViolations(type: string, supported: readonly string[], path: string): readonly Violation[] {
  if (type === '') return [{ path, message: 'must be set' }];
  return supported.includes(type) ? [] : [{ path, message: `unrecognized type "${type}", supported values are: ${supported.join(', ')}` }];
}
