import { MeshError, parseDuration } from '@weft/kernel';
import { DEFAULT_VALIDITY_MS, issueToken, newestKid, parseSigningKey, parseSigningKeySecret, signingKeySecret, type ClaimsOf, type RevocationsId, type TokenPurpose } from '@weft/tokens';
import { demand } from '../access/access.ts';
import type { ApiAnswer, ApiRequest, Verbs } from '../http/exchange.ts';
import { parseJson } from '../http/parse-json.ts';
import { invalidParameter, titled } from '../http/problem.ts';
import type { ApiPorts } from './ports.ts';
import { readSecret } from './resource-reader.ts';
import { isPresent, text, texts, textLists, type TokenRequest } from './token-request.ts';

const PROXY_TYPES = ['', 'dataplane', 'ingress', 'egress'];

/** `POST /tokens/{dataplane|zone|user}`: a token as plain text. Undefined for another kind. */
export function tokenVerbs(ports: ApiPorts, kind: string): Verbs | undefined {
  switch (kind) {
    case 'dataplane':
      return { POST: (request) => titled('Invalid request', () => issueDataplaneToken(ports, request)) };
    case 'zone':
      return { POST: (request) => titled('Invalid request', () => issueZoneToken(ports, request)) };
    case 'user':
      return { POST: (request) => titled('Invalid request', () => issueUserToken(ports, request)) };
    default:
      return undefined;
  }
}

async function issueDataplaneToken(ports: ApiPorts, request: ApiRequest): Promise<ApiAnswer> {
  demandIssuer(ports.config.dpServer.authn.dpProxy.dpToken.enableIssuer, 'dataplane', 'dpServer.authn.dpProxy.dpToken.enableIssuer');
  const body = parseJson(await request.body(), 'token request') as TokenRequest;
  const mesh = text(body, 'mesh');
  const type = text(body, 'type');
  const claims = { Name: text(body, 'name'), Mesh: mesh, Tags: textLists(body, 'tags'), Type: type, Workload: text(body, 'workload') };
  if (mesh === '') throw invalidParameter('mesh', 'cannot be empty');
  if (!PROXY_TYPES.includes(type)) throw invalidParameter('type', `${type} is not a valid proxy type`);
  const validForMs = validFor(body) ?? DEFAULT_VALIDITY_MS;
  demand(request.caller, ports.config.access.static.generateDpToken, 'generate dataplane token');
  return issue(ports, { purpose: 'dataplane', mesh }, { claims, validForMs });
}

async function issueZoneToken(ports: ApiPorts, request: ApiRequest): Promise<ApiAnswer> {
  demandIssuer(ports.config.dpServer.authn.zoneProxy.zoneToken.enableIssuer, 'zone', 'dpServer.authn.zoneProxy.zoneToken.enableIssuer');
  const body = parseJson(await request.body(), 'token request') as TokenRequest;
  const zone = text(body, 'zone');
  if (!isPresent(body, 'scope')) throw invalidParameter('scope', 'cannot be empty');
  const claims = { Zone: zone, Scope: texts(body, 'scope') };
  const validForMs = validFor(body) ?? DEFAULT_VALIDITY_MS;
  demand(request.caller, ports.config.access.static.generateZoneToken, `generate zone token for zone '${zone}'`);
  return issue(ports, { purpose: 'zone' }, { claims, validForMs });
}

async function issueUserToken(ports: ApiPorts, request: ApiRequest): Promise<ApiAnswer> {
  demandIssuer(ports.config.apiServer.authn.tokens.enableIssuer, 'user', 'apiServer.authn.tokens.enableIssuer');
  demandUserIssuer(ports, request);
  const body = parseJson(await request.body(), 'token request') as TokenRequest;
  const claims = { Name: text(body, 'name'), Groups: texts(body, 'groups') };
  if (claims.Name === '') throw invalidParameter('name', 'cannot be empty');
  const validForMs = validFor(body);
  if (validForMs === undefined) throw invalidParameter('validFor', 'cannot be empty');
  return issue(ports, { purpose: 'user' }, { claims, validForMs });
}

// Kuma 2.14 says less here than elsewhere.
function demandUserIssuer(ports: ApiPorts, request: ApiRequest): void {
  try {
    demand(request.caller, ports.config.access.static.generateUserToken, 'generate user token');
  } catch (cause) {
    throw new MeshError('auth/denied', 'action not allowed', { cause });
  }
}

function demandIssuer(enabled: boolean, kind: string, setting: string): void {
  if (!enabled) throw new MeshError('request/invalid', `issuing ${kind} tokens using the control plane is disabled (${setting}); generate them offline with a signing key`);
}

function validFor(body: TokenRequest): number | undefined {
  const given = text(body, 'validFor');
  if (given === '') return undefined;
  const parsed = parseDuration(given);
  if (!parsed.ok) throw invalidParameter('validFor', parsed.error);
  return parsed.value;
}

async function issue<P extends TokenPurpose>(ports: ApiPorts, id: RevocationsId & { readonly purpose: P }, what: { readonly claims: ClaimsOf[P]; readonly validForMs: number }): Promise<ApiAnswer> {
  const kid = await signingKid(ports, id);
  const secret = signingKeySecret({ ...id, kid });
  const content = await readSecret(ports, secret);
  const key = content && parseSigningKey(content);
  if (key?.ok !== true) throw new MeshError('token/signing-key-missing', missingKey(kid, secret));
  const token = await issueToken(id.purpose, what.claims, { key: key.value, kid, nowMs: ports.clock.now(), validForMs: what.validForMs });
  return { status: 200, text: token, contentType: 'text/plain' };
}

async function signingKid({ store }: ApiPorts, id: RevocationsId): Promise<string> {
  const { type, mesh } = signingKeySecret({ ...id, kid: '1' });
  const keys = (await store.list(type, mesh)).flatMap((secret) => parseSigningKeySecret(secret) ?? []);
  return newestKid(keys.filter(({ purpose, mesh: of }) => purpose === id.purpose && of === id.mesh).map(({ kid }) => kid)) ?? '1';
}

function missingKey(kid: string, { type, mesh, name }: { readonly type: string; readonly mesh: string; readonly name: string }): string {
  const where = type === 'Secret' ? `Secret of name "${name}" in mesh "${mesh}"` : `GlobalSecret of name "${name}"`;
  return `there is no signing key with KID ${kid}. ${where} is not found. If signing key was rotated, regenerate the token`;
}
