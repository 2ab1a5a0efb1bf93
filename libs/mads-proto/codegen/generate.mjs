// Generates gen/ (JavaScript and declarations) from the .proto files of this package. The result is not committed.
import { cpSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateModules, publish, startGeneration, writeRegistry } from '../../../tools/proto-modules.mjs';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(project, 'proto');
const paths = readdirSync(source, { recursive: true }).filter((path) => path.endsWith('.proto'));
const generation = startGeneration(project);
cpSync(source, generation.work, { recursive: true });
generateModules(generation);
writeRegistry(generation, 'madsRegistry', paths);
console.log(`mads-proto: ${paths.length} files generated into ${relative(process.cwd(), publish(generation))}`);
