// `npm run bench:zones`: what many zones cost, and how fast changes cross them. Control planes are processes of their own, everything is on
// loopback. Options: --tries N (100), --zones N (50), --dataplanes N (200), --idle SECONDS (60), --only propagation|scale.
// Figures are of this machine at this moment; docs/benchmarks.md says how to read them.
import { parseArgs } from 'node:util';
import { measureManyZones } from './many-zones.ts';
import { measurePropagation } from './propagation.ts';

const { values } = parseArgs({ options: { tries: { type: 'string', default: '100' }, zones: { type: 'string', default: '50' }, dataplanes: { type: 'string', default: '200' }, idle: { type: 'string', default: '60' }, only: { type: 'string', default: '' } } });

if (values.only !== 'scale') await measurePropagation(Number(values.tries));
if (values.only !== 'propagation') await measureManyZones({ zones: Number(values.zones), dataplanes: Number(values.dataplanes), idleSeconds: Number(values.idle) });
