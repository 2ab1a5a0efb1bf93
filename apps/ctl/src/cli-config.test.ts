import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentControlPlane, loadCliConfig, LOCAL_CONFIG, saveCliConfig, switchedTo, withControlPlane, withoutControlPlane } from './cli-config.ts';

const prod = { name: 'prod', coordinates: { apiServer: { url: 'https://cp:5682' } } };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weftctl-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the configuration file', () => {
  it('is made at first use, for its owner only, and read back as it was written', () => {
    const path = join(folder, 'deep', 'config');
    expect(loadCliConfig(path)).toEqual(LOCAL_CONFIG);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    saveCliConfig(path, withControlPlane(LOCAL_CONFIG, prod, false));
    expect(currentControlPlane(loadCliConfig(path), undefined)).toEqual(prod);
  });
});

describe('control planes', () => {
  const both = withControlPlane(LOCAL_CONFIG, prod, false);

  it('are not replaced by accident', () => {
    expect(() => withControlPlane(both, prod, false)).toThrow('Use --overwrite');
    expect(withControlPlane(both, prod, true).controlPlanes).toHaveLength(2);
  });

  it('are switched and removed, the first of the rest taking over', () => {
    expect(currentControlPlane(switchedTo(both, 'local'), undefined).name).toBe('local');
    expect(withoutControlPlane(both, 'prod').currentContext).toBe('local');
    expect(() => currentControlPlane(withoutControlPlane(withoutControlPlane(both, 'prod'), 'local'), undefined)).toThrow('no active Control Plane');
    expect(() => switchedTo(both, 'x')).toThrow('there is no Control Plane with name "x"');
  });

  it('can be chosen for one call', () => {
    expect(currentControlPlane(both, 'local').name).toBe('local');
  });
});
