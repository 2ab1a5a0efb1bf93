import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { postBootstrap } from '../testing/envoy-process.ts';
import { dataplane, TestPlane } from '../testing/test-plane.ts';
import { parseBootstrapRequest } from './bootstrap-request.ts';

/** What Kuma 2.14.3's agent sent; its `caCert` is left out, so that ours is put in. */
const RECORDED = { ...(JSON.parse(readFileSync(new URL('../../testdata/bootstrap.request.json', import.meta.url), 'utf8')) as Record<string, unknown>), caCert: '' };

/** Kuma looks at tokens when the stream opens, not here. */
const OTHER_NAME_TOKEN = ['{"alg":"RS256","kid":"1","typ":"JWT"}', '{"Name":"other-1","Mesh":"default"}', 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

let plane: TestPlane | undefined;
afterEach(() => plane?.close());

async function start(options: Parameters<typeof TestPlane.start>[0] = {}): Promise<TestPlane> {
  plane = await TestPlane.start({ resources: [dataplane('known-1')], ...options });
  return plane;
}

const decode = (body: string): Record<string, unknown> => parse(Buffer.from((JSON.parse(body) as { bootstrap: string }).bootstrap, 'base64').toString()) as Record<string, unknown>;

describe('POST /bootstrap', () => {
  it('answers a stock agent with its bootstrap and what the agent itself is to know', async () => {
    const cp = await start({ authType: 'dpToken' });
    const reply = await postBootstrap(cp.port, RECORDED);
    expect(reply).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(reply.body)).toMatchObject({ kumaSidecarConfiguration: { networking: { corefileTemplate: null, address: '10.0.0.3' }, metrics: { aggregate: [] } } });
    const bootstrap = decode(reply.body);
    expect(bootstrap).toMatchObject({ node: { id: 'default.web-1', cluster: 'web', metadata: { 'dataplane.resource': RECORDED['dataplaneResource' as never] } } });
    expect(JSON.stringify(bootstrap)).toContain(`"portValue":${cp.port}`);
    expect(JSON.stringify(bootstrap)).toContain(Buffer.from(cp.signer.caPem.trimEnd()).toString('base64').slice(0, -8));
  });

  it('answers in YAML where JSON is not asked for', async () => {
    const cp = await start();
    const reply = await postBootstrap(cp.port, RECORDED, { accept: '*/*' });
    expect(reply.type).toBe('text/x-yaml');
    expect(parse(reply.body)).toHaveProperty('dynamicResources.adsConfig.apiType', 'GRPC');
  });

  it('knows a Dataplane that was made through the API', async () => {
    const cp = await start();
    const reply = await postBootstrap(cp.port, { mesh: 'default', name: 'known-1', features: ['feature-delta-grpc'] });
    expect(decode(reply.body)).toHaveProperty('dynamicResources.adsConfig.apiType', 'DELTA_GRPC');
  });

  it.each([
    ['a Dataplane that nobody made', { ...RECORDED, dataplaneResource: undefined }, 404, /^$/],
    ['no mesh', { ...RECORDED, mesh: '' }, 422, /mesh: cannot be empty/],
    ['an unknown mesh', { ...RECORDED, mesh: 'other' }, 422, /mesh "other" does not exist/],
    ['no token', { ...RECORDED, dataplaneToken: '', dataplaneTokenPath: '' }, 422, /a token is required/],
    ['an invalid resource', { ...RECORDED, dataplaneResource: '{"type":"Dataplane","mesh":"default","name":"web-1","networking":{}}' }, 422, /dataplaneResource\.networking/],
    ['a resource of another name', { ...RECORDED, name: 'web-9' }, 422, /"default\.web-1", the request is for "default\.web-9"/],
    ['a CA that is none', { ...RECORDED, caCert: 'no PEM' }, 400, /caCert/],
    ['a proxy type that is not served', { ...RECORDED, proxyType: 'gateway' }, 422, /proxyType/],
    ['broken JSON', '{"mesh":', 400, /no JSON/],
    ['no object', '[]', 400, /no JSON object/],
  ])('with %s is refused', async (_name, body, status, words) => {
    const cp = await start({ authType: 'dpToken' });
    const reply = await postBootstrap(cp.port, body);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatch(words);
  });

  // What Kuma 2.14.3 answered to variants of a recorded request. It also answers 200 for a mesh that it does not know, when the resource names another one.
  it.each([
    ['ok', {}, 200],
    ['no-token', { dataplaneToken: '' }, 200],
    ['garbage-token', { dataplaneToken: 'abc' }, 200],
    ['other-name-token', { dataplaneToken: OTHER_NAME_TOKEN }, 200],
    ['no-dataplane-resource', { dataplaneResource: undefined }, 404],
  ])('answers as recorded: %s', async (_name, change, status) => {
    const cp = await start({ authType: 'dpToken' });
    const reply = await postBootstrap(cp.port, { ...RECORDED, ...change });
    expect({ status: reply.status, json: status === 200 ? Object.keys(JSON.parse(reply.body) as object) : reply.body }).toEqual({ status, json: status === 200 ? ['bootstrap', 'kumaSidecarConfiguration'] : '' });
  });

  it.each([
    ['an older agent', { version: { kumaDp: { version: '2.9.0' } }, features: [], otelEnv: undefined, systemCaPath: undefined, ipv6Enabled: undefined, spireResources: undefined, readinessPort: undefined }],
    ['a newer agent', { version: { kumaDp: { version: '3.1.0', channel: 'edge' } }, features: ['feature-of-tomorrow'], tomorrow: { a: [1] }, resources: { maxHeapSizeBytes: 1, cpus: 2 } }],
    ['an agent without a version', { version: undefined, features: undefined }],
  ])('answers %s', async (_name, change) => {
    const cp = await start({ authType: 'dpToken' });
    const reply = await postBootstrap(cp.port, { ...RECORDED, ...change });
    expect(reply.status).toBe(200);
    const { node, dynamicResources } = decode(reply.body) as { node: { metadata: object }; dynamicResources: object };
    expect(dynamicResources).toHaveProperty('adsConfig.apiType', 'GRPC');
    expect(node.metadata).toMatchObject({ ...('version' in change && change.version !== undefined && { version: change.version }), features: change.features ?? [] });
  });

  it('takes a host that is in its certificate only', async () => {
    const cp = await start();
    expect(await postBootstrap(cp.port, RECORDED, { host: 'evil.example:5678' })).toMatchObject({ status: 400, body: expect.stringContaining('evil.example') });
    expect(await postBootstrap(cp.port, RECORDED, { host: `127.0.0.1:${cp.port}` })).toMatchObject({ status: 200 });
  });

  it('has Kuma\'s words for other paths and methods', async () => {
    const cp = await start();
    expect(await postBootstrap(cp.port, '', { path: '/other' })).toMatchObject({ status: 404, body: '404: Page Not Found' });
    expect(await postBootstrap(cp.port, '', { method: 'PUT' })).toMatchObject({ status: 400, body: '' });
  });

  it('waits for the feed', async () => {
    const cp = await start({ feedReady: false });
    expect(await postBootstrap(cp.port, RECORDED)).toMatchObject({ status: 503 });
  });

  it('refuses a body without end', async () => {
    const cp = await start();
    expect(await postBootstrap(cp.port, 'x'.repeat(1_100_000))).toMatchObject({ status: 413 });
  });
});

it('a request is read without throwing, whatever it is', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
    expect(typeof parseBootstrapRequest(body).ok).toBe('boolean');
  }));
});
