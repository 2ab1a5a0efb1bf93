import { join } from 'node:path';
import type { ConfigValue } from './config-key.ts';
import { toTree, type LoadedConfig } from './load-config.ts';

/** The configuration with what follows from other values filled in (Kuma 2.14's autoconfiguration, as far as it has a meaning here). */
export function effectiveConfig(loaded: LoadedConfig, home: string): LoadedConfig {
  const values = new Map(loaded.values);
  const warnings = [...loaded.warnings];
  fillEmpty(values, 'general.workDir', join(home, '.weft'));
  fillEmpty(values, 'store.embedded.path', join(values.get('general.workDir') as string, 'store'));
  fillEmpty(values, 'dpServer.authn.dpProxy.type', 'dpToken');
  fillEmpty(values, 'dpServer.authn.zoneProxy.type', 'zoneToken');
  fillEmpty(values, 'dpServer.interface', '0.0.0.0');
  for (const section of ['apiServer.https', 'dpServer', 'multizone.global.kds']) useGeneralCertificate(values, section);
  if (values.get('mode') === 'standalone') {
    values.set('mode', 'zone');
    warnings.push('mode standalone is the old name of zone: write zone.');
  }
  return { ...loaded, values, warnings, tree: toTree(values) };
}

function fillEmpty(values: Map<string, ConfigValue>, path: string, value: string): void {
  if (values.get(path) === '') values.set(path, value);
}

/** A server without a certificate of its own takes the general one; general TLS limits that are set hold for all. */
function useGeneralCertificate(values: Map<string, ConfigValue>, section: string): void {
  if (values.get(`${section}.tlsCertFile`) === '') {
    for (const key of ['tlsCertFile', 'tlsKeyFile']) values.set(`${section}.${key}`, values.get(`general.${key}`) ?? '');
  }
  for (const key of ['tlsMinVersion', 'tlsMaxVersion', 'tlsCipherSuites']) {
    const general = values.get(`general.${key}`) ?? '';
    if (general !== '' && !(Array.isArray(general) && general.length === 0)) values.set(`${section}.${key}`, general);
  }
}
