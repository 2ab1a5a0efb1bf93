import { isIp } from '../../rules/address.ts';
import type { ExternalServiceSpec } from './external-service.ts';

/** The name by which applications know the server outside, in lower case, where it is to lead to its service; undefined where it has none, or the resource disables that. */
export function externalHostname({ networking }: ExternalServiceSpec): string | undefined {
  const host = (networking?.address ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return host === '' || isIp(host) || networking?.disableHostDNSEntry === true ? undefined : host.toLowerCase();
}
