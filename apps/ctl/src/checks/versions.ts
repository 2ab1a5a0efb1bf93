import { deep, textOf, type PlaneCheck } from './check.ts';

/** Client and server of different minor releases may not know each other's resources. */
export const versions: PlaneCheck = {
  id: 'WEFT-CP-001',
  group: 'Control plane',
  title: 'this program and the control plane fit together',
  run: ({ index }) => {
    const version = textOf(index, 'version');
    if (deep(index, 'product') !== 'Kuma' || !version.startsWith('2.14.')) return [{ severity: 'warning', message: `the server says it is ${textOf(index, 'product') || 'nothing known'} ${version}, and this program speaks the API of Kuma 2.14`, hint: 'use the weftctl or kumactl of that release' }];
    return [];
  },
};
