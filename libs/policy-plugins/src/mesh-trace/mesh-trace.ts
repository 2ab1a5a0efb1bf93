import { create } from '@bufbuild/protobuf';
import type { ChainDraft, InboundDraft, OutboundDraft } from '@weft/envoy-builders';
import { HttpConnectionManager_TracingSchema, type HttpConnectionManager_Tracing } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { CustomTagSchema, type CustomTag } from '@weft/envoy-proto/envoy/type/tracing/v3/custom_tag_pb.js';
import { PercentSchema } from '@weft/envoy-proto/envoy/type/v3/percent_pb.js';
import type { TelemetryView } from '@weft/proxy-view';
import { confOf, numberOf, objects, textOf, type Conf } from '../conf.ts';
import type { PolicyPlugin } from '../policy-plugin.ts';
import { traceCollector } from './trace-collector.ts';
import { traceProvider, type SpanSource } from './trace-provider.ts';

/** MeshTrace: spans of every HTTP request that passes the proxy, in and out, except to what lies outside the mesh. */
export const meshTrace: PolicyPlugin = { type: 'MeshTrace', inbound: traceInbound, outbound: traceOutbound };

function traceInbound({ ctx, chains }: InboundDraft): void {
  for (const chain of chains) trace(chain, ctx.telemetry, { ...ctx, direction: 'INBOUND' });
}

function traceOutbound({ view, ctx, names, chain }: OutboundDraft): void {
  const { target } = view;
  if (target.kind === 'resource' && target.type === 'MeshExternalService') return;
  trace(chain, ctx.telemetry, { ...ctx, direction: `OUTBOUND_${names.virtualHost}` });
}

function trace({ terminal }: ChainDraft, telemetry: TelemetryView | undefined, { mesh, unifiedNaming, direction }: { readonly mesh: { readonly name: string } } & Pick<SpanSource, 'unifiedNaming' | 'direction'>): void {
  const collector = traceCollector(telemetry?.trace);
  if (terminal.kind !== 'http' || telemetry === undefined || collector === undefined) return;
  const conf = confOf(telemetry.trace);
  const own = { 'kuma.mesh': mesh.name, 'kuma.zone': telemetry.zone, 'kuma.workload': telemetry.workload ?? '' };
  terminal.hcm.tracing = create(HttpConnectionManager_TracingSchema, {
    provider: traceProvider(collector, { unifiedNaming, direction, service: telemetry.service ?? '' }),
    customTags: customTags(objects(conf['tags']), own),
    ...sampling(confOf(conf['sampling'])),
  });
}

/** In percent; what is not set is Envoy's 100. */
function sampling(conf: Conf): Partial<Pick<HttpConnectionManager_Tracing, 'overallSampling' | 'clientSampling' | 'randomSampling'>> {
  const percent = (name: string): { value: number } | undefined => {
    const value = numberOf(conf[name]);
    return value === undefined ? undefined : { value };
  };
  const made = { overallSampling: percent('overall'), clientSampling: percent('client'), randomSampling: percent('random') };
  return Object.fromEntries(Object.entries(made).flatMap(([name, value]) => (value === undefined ? [] : [[name, create(PercentSchema, value)]])));
}

/** The policy's tags, then those of the mesh that it does not set itself. */
function customTags(tags: readonly Conf[], own: Readonly<Record<string, string>>): CustomTag[] {
  const names = new Set(tags.map(({ name }) => name));
  const missing = Object.entries(own).filter(([name, value]) => value !== '' && !names.has(name));
  return [...tags.map(customTag), ...missing.map(([name, literal]) => customTag({ name, literal }))];
}

function customTag({ name, literal, header }: Conf): CustomTag {
  const from = confOf(header);
  return create(CustomTagSchema, {
    tag: textOf(name) ?? '',
    type: header === undefined
      ? { case: 'literal', value: { value: textOf(literal) ?? '' } }
      : { case: 'requestHeader', value: { name: textOf(from['name']) ?? '', defaultValue: textOf(from['default']) ?? '' } },
  });
}
