import type { Violation } from '@weft/kernel';
import { portViolations } from '../../rules/port.ts';
import { isObject } from '../../validation/conform.ts';
import type { MeshSpec } from './schema.ts';

/** A backend of one of the three kinds, with a conf of any shape. */
interface Backend {
  readonly type?: string;
  readonly conf?: unknown;
}

type ConfRule = (conf: Readonly<Record<string, unknown>>, path: string) => readonly Violation[];

/** By section, what each type of backend asks of its conf. */
const TYPES: Readonly<Record<'tracing' | 'logging' | 'metrics', Readonly<Record<string, ConfRule>>>> = {
  tracing: {
    datadog: ({ address, port }, path) => [...filled(address, `${path}.address`), ...portViolations(`${path}.port`, numberOf(port))],
    zipkin: ({ url }, path) => (isUrl(url) ? [] : [{ path: `${path}.url`, message: 'invalid URL' }]),
  },
  logging: {
    file: ({ path: file }, path) => filled(file, `${path}.path`),
    tcp: ({ address }, path) => (typeof address === 'string' && /^.+:\d+$/.test(address) ? [] : [{ path: `${path}.address`, message: 'has to be in format of HOST:PORT' }]),
  },
  metrics: {
    prometheus: ({ port }, path) => (port === undefined ? [] : portViolations(`${path}.port`, numberOf(port))),
  },
};

/** Types of backends for traces, logs and metrics, and what they need. Texts follow Kuma 2.14. */
export function observabilityViolations(spec: MeshSpec): readonly Violation[] {
  return (['tracing', 'logging', 'metrics'] as const).flatMap((section) =>
    (spec[section]?.backends ?? []).flatMap((backend, index) => backendViolations(backend, TYPES[section], `${section}.backends[${index}]`)));
}

function backendViolations({ type = '', conf }: Backend, types: Readonly<Record<string, ConfRule>>, path: string): readonly Violation[] {
  const rule = Object.hasOwn(types, type) ? types[type] : undefined;
  if (rule === undefined) return [{ path: `${path}.type`, message: `unknown backend type. Available backends: ${Object.keys(types).map((known) => `"${known}"`).join(', ')}` }];
  return rule(isObject(conf) ? conf : {}, `${path}.conf`);
}

function filled(value: unknown, path: string): readonly Violation[] {
  return typeof value === 'string' && value !== '' ? [] : [{ path, message: 'cannot be empty' }];
}

/** proto-JSON may have numbers as text. */
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : undefined;
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+/i.test(value);
}
