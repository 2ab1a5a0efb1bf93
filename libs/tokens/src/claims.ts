import { err, ok, type Result } from '@weft/kernel';

/** What every token says of itself. Times are seconds since the Unix epoch (RFC 7519). */
export interface TimeClaims {
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  /** Unique id; what a revocation names. */
  readonly jti: string;
}

/** Claims of a dataplane token, capitalised as in Kuma 2.14. Empty strings and an empty map mean "any". */
export interface DataplaneClaims {
  readonly Name: string;
  readonly Mesh: string;
  readonly Tags: Readonly<Record<string, readonly string[]>>;
  readonly Type: string;
  readonly Workload: string;
}

/** Claims of a zone token. An empty zone means "any". */
export interface ZoneClaims {
  readonly Zone: string;
  /** `ingress`, `egress`, `cp`. */
  readonly Scope: readonly string[];
}

/** Claims of a user token. */
export interface UserClaims {
  readonly Name: string;
  readonly Groups: readonly string[];
}

/** Claims by purpose. */
export interface ClaimsOf {
  readonly dataplane: DataplaneClaims;
  readonly zone: ZoneClaims;
  readonly user: UserClaims;
}

type Payload = Readonly<Record<string, unknown>>;

/** Reads the claims of a payload whose signature was checked. Missing claims are empty; a claim of the wrong shape is an error. */
export const parseClaims: { readonly [P in keyof ClaimsOf]: (payload: Payload) => Result<ClaimsOf[P], string> } = {
  dataplane: (payload) => {
    const claims = { Name: text(payload, 'Name'), Mesh: text(payload, 'Mesh'), Tags: tags(payload), Type: text(payload, 'Type'), Workload: text(payload, 'Workload') };
    const { Name, Mesh, Tags, Type, Workload } = claims;
    if (Name === undefined || Mesh === undefined || Tags === undefined || Type === undefined || Workload === undefined) return misshapen(claims);
    return ok({ Name, Mesh, Tags, Type, Workload });
  },
  zone: (payload) => {
    const claims = { Zone: text(payload, 'Zone'), Scope: texts(payload['Scope']) };
    return claims.Zone === undefined || claims.Scope === undefined ? misshapen(claims) : ok({ Zone: claims.Zone, Scope: claims.Scope });
  },
  user: (payload) => {
    const claims = { Name: text(payload, 'Name'), Groups: texts(payload['Groups']) };
    return claims.Name === undefined || claims.Groups === undefined ? misshapen(claims) : ok({ Name: claims.Name, Groups: claims.Groups });
  },
};

function text(payload: Payload, claim: string): string | undefined {
  const value = payload[claim] ?? '';
  return typeof value === 'string' ? value : undefined;
}

function texts(value: unknown): readonly string[] | undefined {
  const items: unknown = value ?? [];
  return Array.isArray(items) && items.every((item) => typeof item === 'string') ? items : undefined;
}

function tags(payload: Payload): Readonly<Record<string, readonly string[]>> | undefined {
  const value = payload['Tags'] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([key, values]) => [key, texts(values)] as const);
  const read = entries.flatMap(([key, values]) => (values === undefined ? [] : [[key, values] as const]));
  return read.length === entries.length ? Object.fromEntries(read) : undefined;
}

function misshapen(claims: Readonly<Record<string, unknown>>): Result<never, string> {
  const bad = Object.keys(claims).filter((claim) => claims[claim] === undefined);
  return err(`claim ${bad.join(', ')} has the wrong shape`);
}
