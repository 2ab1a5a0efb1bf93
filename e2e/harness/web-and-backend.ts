import { HttpApp } from './http-app.ts';
import { call, serve } from './placed-workload.ts';
import { freePorts, TestMesh, type TestProxy } from './test-mesh.ts';
import { Weftctl } from './weftctl.ts';

/** A mesh in which `web` calls `backend`, everything is allowed, and weftctl knows the control plane. */
export interface WebAndBackend {
  readonly mesh: TestMesh;
  readonly ctl: Weftctl;
  readonly web: TestProxy;
  close(): Promise<void>;
}

/** Starts it with `backend` at `<prefix>.1` and `web` at `<prefix>.2`. */
export async function startWebAndBackend(prefix: string): Promise<WebAndBackend> {
  const mesh = await TestMesh.start();
  await mesh.allowAll();
  const [appPort = 0] = await freePorts(1);
  const app = await HttpApp.listen({ name: 'hello', host: '127.0.0.1', port: appPort });
  await serve(mesh, { name: 'backend', address: `${prefix}.1` }, appPort);
  const { proxy: web } = await call(mesh, { name: 'web', address: `${prefix}.2` }, ['backend']);
  const ctl = await Weftctl.of(mesh.api.url);
  return {
    mesh, ctl, web,
    close: async () => {
      await mesh.close();
      await app.close();
      ctl.close();
    },
  };
}
