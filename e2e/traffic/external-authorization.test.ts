import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpAsk, HttpApp, type HttpQuestion } from '../harness/http-app.ts';
import { pageExamples } from '../harness/page-examples.ts';
import { call, serve, urlOf } from '../harness/placed-workload.ts';
import { freePorts, TestMesh, until } from '../harness/test-mesh.ts';

/** `web` calls `backend`, where some requests need the agreement of one of two authorizers. */
describe('MeshExternalAuthorization on real Envoys', () => {
  let mesh: TestMesh;
  let app: HttpApp;
  let http: HttpApp;
  let grpc: GrpcAuthorizer;
  let url = '';

  beforeAll(async () => {
    mesh = await TestMesh.start();
    const [appPort = 0, httpPort = 0] = await freePorts(2);
    app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
    http = await HttpApp.listen({ name: 'authorizer', host: '127.0.0.1', port: httpPort, respond: ({ headers }, response) => {
      response.writeHead(headers['x-badge'] === 'good' ? 200 : 403, { 'x-user': 'ada', 'x-secret': '1' }).end();
    } });
    grpc = await GrpcAuthorizer.listen();
    await serve(mesh, { name: 'backend', address: '127.0.26.1' }, appPort);
    const { outbounds } = await call(mesh, { name: 'web', address: '127.0.26.2' }, ['backend']);
    url = outbounds.map(urlOf)[0] ?? '';
    await mesh.put({ type: 'MeshExternalAuthorization', name: 'authorizers', spec: { rules: [{ default: { authorizers: [
      { name: 'by-http', uri: `http://127.0.0.1:${httpPort}/check`, requestHeaders: ['x-badge'], workloadHeaders: ['x-user'] },
      { name: 'by-grpc', uri: `grpc://127.0.0.1:${grpc.port}`, body: { maxBytes: 16 } },
    ] } }] } });
    const under = (value: string, authorizedBy?: string) => ({ paths: [{ type: 'PathPrefix', value }], ...(authorizedBy !== undefined && { authorizedBy }) });
    await mesh.put({ type: 'MeshRequestPermission', name: 'some', spec: { rules: [{ default: { allow: [under('/free'), under('/http', 'by-http'), under('/free', 'by-http'), under('/grpc', 'by-grpc'), under('/nobody', 'unknown')] } }] } });
    await until('the rules are in force', async () => (await status({ path: '/free' })) === 200);
  });

  afterAll(async () => {
    await mesh.close();
    grpc.close();
    await Promise.all([app.close(), http.close()]);
  });

  const status = async (question: HttpQuestion): Promise<number> => (await httpAsk(url, question)).status;

  it('asks an http authorizer about the requests that need it, and about no others', async () => {
    expect(await status({ path: '/http/a?b', headers: { 'x-badge': 'good' } })).toBe(200);
    expect(http.requests.at(-1)?.url).toBe('/check/http/a?b');
    expect(app.requests.at(-1)?.headers).toMatchObject({ 'x-user': 'ada' });
    expect(app.requests.at(-1)?.headers['x-secret']).toBeUndefined();
    expect(await status({ path: '/http/a', headers: { 'x-badge': 'bad' } })).toBe(403);
    const asked = http.requests.length;
    expect(await status({ path: '/free' })).toBe(200);
    expect(await status({ path: '/other' })).toBe(403);
    expect(http.requests).toHaveLength(asked);
  });

  it('asks over gRPC, with the body where told so', async () => {
    expect(await status({ path: '/grpc/yes' })).toBe(200);
    expect(await status({ path: '/grpc/no' })).toBe(403);
    expect(grpc.asked).toBe(2);
  });

  it('refuses what needs an authorizer that is not there, or does not answer', async () => {
    expect(await status({ path: '/nobody' })).toBe(403);
    await http.close();
    expect(await status({ path: '/http/a', headers: { 'x-badge': 'good' } })).toBe(403);
    expect(await status({ path: '/free' })).toBe(200);
  });

  it('takes the examples of its page', async () => {
    const examples = pageExamples('policies/meshexternalauthorization.md');
    for (const example of examples) await mesh.put(example);
    expect(examples.map(({ type }) => type)).toEqual(['MeshExternalAuthorization', 'MeshRequestPermission']);
  });
});

/** Speaks `envoy.service.auth.v3.Authorization` in bytes: agrees to what has /yes in it. */
class GrpcAuthorizer {
  asked = 0;
  readonly #server = new Server();
  port = 0;

  static async listen(): Promise<GrpcAuthorizer> {
    const authorizer = new GrpcAuthorizer();
    const bytes = (value: Buffer): Buffer => value;
    const definition: ServiceDefinition = {
      check: { path: '/envoy.service.auth.v3.Authorization/Check', requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes },
    };
    authorizer.#server.addService(definition, {
      check: (one: { readonly request: Buffer }, answer: (error: null, value: Buffer) => void) => {
        authorizer.asked++;
        // CheckResponse.status: an empty google.rpc.Status is OK, code 7 is PERMISSION_DENIED.
        answer(null, one.request.includes('/yes') ? Buffer.from([0x0a, 0x00]) : Buffer.from([0x0a, 0x02, 0x08, 0x07]));
      },
    });
    authorizer.port = await new Promise<number>((resolve, reject) => {
      authorizer.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    return authorizer;
  }

  close(): void {
    this.#server.forceShutdown();
  }
}
