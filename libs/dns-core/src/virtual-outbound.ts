import { err, ok, type Result } from '@weft/kernel';
import { renderTemplate } from '@weft/name-template';
import { isDnsName } from './dns-name.ts';

/** Tags of one inbound. */
export type Tags = Readonly<Record<string, string>>;

/** What is needed of a VirtualOutbound; absent parts are empty. */
export interface VirtualOutbound {
  readonly name: string;
  /** One of them must fit; a value of `*` stands for any. */
  readonly selectors: readonly Tags[];
  readonly host: string;
  readonly port: string;
  /** Which tag each field of the templates is read from. */
  readonly parameters: readonly { readonly name: string; readonly tagKey: string }[];
}

/** One host name and port, and where it leads. */
export interface VirtualPort {
  /** Lower case. */
  readonly host: string;
  readonly port: number;
  /** The tags that the parameters name: whoever has all of them is an endpoint. */
  readonly tags: Tags;
  /** Name of the VirtualOutbound. */
  readonly origin: string;
}

/** Spec of a VirtualOutbound resource. */
export interface VirtualOutboundSpecLike {
  readonly selectors?: readonly { readonly match?: Tags }[] | undefined;
  readonly conf?: { readonly host?: string; readonly port?: string; readonly parameters?: readonly { readonly name?: string; readonly tagKey?: string }[] } | undefined;
}

const ANY = '*';
const MAX_PORT = 65_535;

/** Reads the resource: a parameter without `tagKey` reads the tag of its own name. */
export function readVirtualOutbound(name: string, { selectors = [], conf = {} }: VirtualOutboundSpecLike): VirtualOutbound {
  const parameters = (conf.parameters ?? []).map((parameter) => ({ name: parameter.name ?? '', tagKey: parameter.tagKey ?? parameter.name ?? '' }));
  return { name, selectors: selectors.map(({ match = {} }) => match), host: conf.host ?? '', port: conf.port ?? '', parameters };
}

/** Whether a VirtualOutbound is about inbounds of these tags. */
export function selectsTags({ selectors }: VirtualOutbound, tags: Tags): boolean {
  return selectors.some((match) => Object.entries(match).every(([key, value]) => (value === ANY ? tags[key] !== undefined : tags[key] === value)));
}

/** The name and port that a VirtualOutbound makes of tags, or why it makes none. Never throws. */
export function renderVirtualOutbound({ name, host, port, parameters }: VirtualOutbound, tags: Tags): Result<VirtualPort, string> {
  const present = parameters.flatMap(({ name: field, tagKey }) => (tags[tagKey] === undefined ? [] : [{ field, tagKey, value: tags[tagKey] }]));
  const fields = Object.fromEntries(present.map(({ field, value }) => [field, value]));
  const hostname = renderTemplate(host, { fields });
  if (!hostname.ok) return err(`conf.host: ${hostname.error}`);
  const number = renderTemplate(port, { fields });
  if (!number.ok) return err(`conf.port: ${number.error}`);
  const rendered = hostname.value.toLowerCase();
  if (!isDnsName(rendered)) return err(`conf.host: "${rendered}" is no valid DNS name`);
  if (!/^\d{1,5}$/.test(number.value) || Number(number.value) < 1 || Number(number.value) > MAX_PORT) return err(`conf.port: "${number.value}" is no port from 1 to ${MAX_PORT}`);
  return ok({ host: rendered, port: Number(number.value), tags: Object.fromEntries(present.map(({ tagKey, value }) => [tagKey, value])), origin: name });
}
