import { adminAnswerParts, ask, type EnvoyAdminRequest, type Requests } from '@weft/bus';
import { MeshError } from '@weft/kernel';
import type { AdminAuthority, AdminClientIdentity } from './admin-authority.ts';
import { callEnvoyAdmin, type AdminAnswer } from './call-envoy-admin.ts';
import { proxyIdentity } from './proxy-identity.ts';
import { redactTokens } from './redact-tokens.ts';

/** A message of the bus holds 1 MiB; in base64 this makes 683 KiB. */
const PART_BYTES = 512 * 1024;

/** Calls that may run at once: a dump may be large, and others wait for this server too. */
const CONCURRENT = 4;

/** What {@link adminRequestHandler} needs. */
export interface AdminRequestPorts {
  readonly bus: Requests;
  readonly authority: AdminAuthority;
  /** Has the proxy's admin listener hold a certificate, wherever its stream is. */
  readonly open: (request: EnvoyAdminRequest) => Promise<void>;
}

/**
 * The handler of `xds.admin`: has the proxy's listener hold a certificate, calls the proxy, and sends what it answers in parts to who asked, each after the one before was
 * taken. Throws `proxy/unreachable`, `bus/too-large` or, where too many ask at once, `bus/unavailable`.
 */
export function adminRequestHandler({ bus, authority, open }: AdminRequestPorts): (request: EnvoyAdminRequest) => Promise<{ readonly contentType: string }> {
  let running = 0;
  return async (request) => {
    if (running >= CONCURRENT) throw new MeshError('bus/unavailable', `${CONCURRENT} calls of Envoy are under way already: try again in a moment`);
    running++;
    try {
      const { client } = authority;
      await open(request);
      const { contentType, body } = await fetchFrom(request, client);
      for (let at = 0; at < body.length; at += PART_BYTES) await ask(bus, adminAnswerParts(request.answerTo), { data: body.subarray(at, at + PART_BYTES).toString('base64') });
      return { contentType };
    } finally {
      running--;
    }
  };
}

async function fetchFrom({ proxy, address, port, show }: EnvoyAdminRequest, client: AdminClientIdentity): Promise<AdminAnswer> {
  const answer = await callEnvoyAdmin({ address, port, path: pathOf(show), identity: proxyIdentity(proxy), client });
  return show.what === 'config-dump' ? { ...answer, body: Buffer.from(redactTokens(answer.body.toString('utf8')), 'utf8') } : answer;
}

/** Only these paths are ever asked for: others change Envoy or stop it. */
function pathOf(show: EnvoyAdminRequest['show']): string {
  if (show.what === 'config-dump') return show.includeEds ? '/config_dump?include_eds' : '/config_dump';
  const query = [...(show.format === 'json' ? ['format=json'] : []), ...(show.what === 'stats' && show.usedOnly ? ['usedonly'] : [])];
  return `/${show.what}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}
