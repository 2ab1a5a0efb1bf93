import type { ProxyKey } from './proxy-view.ts';

/** Text that stands for a proxy: `<mesh>/<name>`, and `<type>//<name>` for zone proxies, so that an ingress and an egress of one name are two. */
export function proxyId({ type, mesh, name }: ProxyKey): string {
  return type === undefined ? `${mesh}/${name}` : `${type}//${name}`;
}
