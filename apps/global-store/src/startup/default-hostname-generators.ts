/** A HostnameGenerator that a control plane makes at its first start. */
interface DefaultGenerator {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: unknown;
}

const ORIGIN = 'kuma.io/origin';
const HEADLESS = 'k8s.kuma.io/is-headless-service';

/** The default HostnameGenerators of a global or a Universal zone control plane; names and templates as in Kuma 2.14. */
export function defaultHostnameGenerators(mode: 'global' | 'zone'): readonly DefaultGenerator[] {
  if (mode === 'zone') {
    return [
      local('local-mesh-external-service', 'meshExternalService', '{{ .DisplayName }}.extsvc.mesh.local'),
      local('local-universal-mesh-service', 'meshService', '{{ .DisplayName }}.svc.mesh.local'),
    ];
  }
  const kube = { 'kuma.io/env': 'kubernetes' };
  const pod = '{{ label "statefulset.kubernetes.io/pod-name" }}.{{ label "k8s.kuma.io/service-name" }}';
  return [
    synced('synced-universal-mesh-service', { meshService: { 'kuma.io/env': 'universal' } }, '{{ .DisplayName }}.svc.{{ .Zone }}.mesh.local'),
    synced('synced-kube-mesh-service', { meshService: { ...kube, [HEADLESS]: 'false' } }, '{{ .DisplayName }}.{{ .Namespace }}.svc.{{ .Zone }}.mesh.local'),
    synced('synced-headless-kube-mesh-service', { meshService: { ...kube, [HEADLESS]: 'true' } }, `${pod}.{{ .Namespace }}.svc.{{ .Zone }}.mesh.local`),
    synced('synced-mesh-external-service', { meshExternalService: {} }, '{{ .DisplayName }}.extsvc.mesh.local'),
    synced('synced-mesh-multi-zone-service', { meshMultiZoneService: {} }, '{{ .DisplayName }}.mzsvc.mesh.local'),
  ];
}

function local(name: string, kind: string, template: string): DefaultGenerator {
  return { name, labels: { [ORIGIN]: 'zone' }, spec: { selector: { [kind]: { matchLabels: { [ORIGIN]: 'zone' } } }, template } };
}

function synced(name: string, selectors: Readonly<Record<string, Readonly<Record<string, string>>>>, template: string): DefaultGenerator {
  const selector = Object.fromEntries(Object.entries(selectors).map(([kind, labels]) => [kind, { matchLabels: { [ORIGIN]: 'global', ...labels } }]));
  return { name, labels: {}, spec: { selector, template } };
}
