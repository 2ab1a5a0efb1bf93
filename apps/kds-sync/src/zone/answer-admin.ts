import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ask, collectAdminAnswer, REQUESTS, type EnvoyShowRequest } from '@weft/bus';
import {
  AdminOutputFormat, ClustersRequestSchema, ClustersResponseSchema, StatsRequestSchema, StatsResponseSchema, XDSConfigRequestSchema, XDSConfigResponseSchema,
} from '@weft/kds-proto/kuma/mesh/v1alpha1/kds_pb.js';
import type { KdsClientStream } from '@weft/kds-transport';
import { MeshError } from '@weft/kernel';
import type { AppPorts } from '@weft/service-runtime';
import { randomUUID } from 'node:crypto';

/** The streams on which the global control plane asks for what Envoys of this zone say. */
export type AdminStreamName = 'configDumps' | 'stats' | 'clusters';

/** What is asked: the same fields in each of the three messages. */
interface AdminQuestion {
  readonly requestId: string;
  readonly resourceType: string;
  readonly resourceName: string;
  readonly resourceMesh: string;
}

type Answer = { readonly bytes: Uint8Array } | { readonly error: string };

interface AdminKind {
  readonly read: (bytes: Uint8Array) => { readonly question: AdminQuestion; readonly show: EnvoyShowRequest['show'] };
  readonly write: (requestId: string, answer: Answer) => Uint8Array;
}

const KINDS: Readonly<Record<AdminStreamName, AdminKind>> = {
  configDumps: {
    read: (bytes) => {
      const question = fromBinary(XDSConfigRequestSchema, bytes);
      return { question, show: { what: 'config-dump', includeEds: question.includeEds } };
    },
    write: (requestId, answer) => toBinary(XDSConfigResponseSchema, create(XDSConfigResponseSchema, { requestId, result: 'error' in answer ? { case: 'error', value: answer.error } : { case: 'config', value: answer.bytes } })),
  },
  stats: {
    read: (bytes) => {
      const question = fromBinary(StatsRequestSchema, bytes);
      return { question, show: { what: 'stats', format: formatOf(question.format), usedOnly: question.usedOnly } };
    },
    write: (requestId, answer) => toBinary(StatsResponseSchema, create(StatsResponseSchema, { requestId, result: 'error' in answer ? { case: 'error', value: answer.error } : { case: 'stats', value: answer.bytes } })),
  },
  clusters: {
    read: (bytes) => {
      const question = fromBinary(ClustersRequestSchema, bytes);
      return { question, show: { what: 'clusters', format: formatOf(question.format) } };
    },
    write: (requestId, answer) => toBinary(ClustersResponseSchema, create(ClustersResponseSchema, { requestId, result: 'error' in answer ? { case: 'error', value: answer.error } : { case: 'clusters', value: answer.bytes } })),
  },
};

/** Longer than global-store waits for an xds-server, so that its reason arrives. */
const DEADLINE_MS = 13_000;

/** Answers on one of the admin streams: what the Envoy of a proxy of this zone says, or why it cannot be had. Questions do not wait for each other. */
export function answerAdmin({ bus, log }: Pick<AppPorts<unknown>, 'bus' | 'log'>, name: AdminStreamName, stream: KdsClientStream): void {
  const { read, write } = KINDS[name];
  stream.on('data', (bytes: Uint8Array) => {
    const asked = readable(() => read(bytes));
    if (asked === undefined) return log.warn({ stream: name }, 'the global control plane asked something that cannot be read');
    void show(bus, asked.question, asked.show).then((answer) => stream.writable && stream.write(write(asked.question.requestId, answer)));
  });
}

async function show(bus: AppPorts<unknown>['bus'], { resourceType: type, resourceMesh: mesh, resourceName: name }: AdminQuestion, what: EnvoyShowRequest['show']): Promise<Answer> {
  const answerTo = randomUUID();
  try {
    const { base64 } = await collectAdminAnswer(bus, answerTo, () => ask(bus, REQUESTS.envoyShow, { proxy: { type, mesh, name }, show: what, answerTo }, { deadlineMs: DEADLINE_MS }));
    return { bytes: Buffer.concat(base64.map((part) => Buffer.from(part, 'base64'))) };
  } catch (caught) {
    return { error: MeshError.from(caught).message };
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function formatOf(format: AdminOutputFormat): 'text' | 'json' {
  return format === AdminOutputFormat.JSON ? 'json' : 'text';
}
