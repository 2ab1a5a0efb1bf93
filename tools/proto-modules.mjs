// Generates JavaScript and declarations from .proto files: what the packages that hold protobuf messages share.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const require = createRequire(import.meta.url);
const buf = join(dirname(require.resolve('@bufbuild/buf/package.json')), 'bin', 'buf');

/**
 * Folders of one generation: `work` takes .proto files, `out` gets JavaScript. They stand beside the package's old gen/ until
 * `publish`: a failed or running generation leaves what is there usable.
 */
export function startGeneration(project) {
  const next = join(project, 'dist', `gen-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(join(next, 'proto'), { recursive: true });
  return { project, next, work: join(next, 'proto'), out: join(next, 'js') };
}

/** Runs protoc-gen-es over everything in `work`. */
export function generateModules({ work, out }) {
  writeFileSync(join(work, 'buf.yaml'), 'version: v2\n');
  writeFileSync(join(work, 'buf.gen.yaml'), JSON.stringify({
    version: 'v2',
    plugins: [{ local: require.resolve('@bufbuild/protoc-gen-es/bin/protoc-gen-es'), out, opt: ['target=js+dts', 'import_extension=js'] }],
  }));
  execFileSync(process.execPath, [buf, 'generate'], { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] });
  if (!existsSync(out)) throw new Error('buf wrote nothing');
}

/** Writes a descriptor set of everything in `folder` to `image`. */
export function buildImage(folder, image) {
  writeFileSync(join(folder, 'buf.yaml'), 'version: v2\n');
  execFileSync(process.execPath, [buf, 'build', '--exclude-source-info', '-o', image], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** registry.js: exports `name`, a registry of every type of these .proto files, by full name. */
export function writeRegistry({ out }, name, paths) {
  const files = [...paths].sort().map((path) => ({ module: `./${path.replace(/\.proto$/, '_pb.js')}`, name: `file_${path.replace(/\.proto$/, '').replace(/[^A-Za-z0-9]/g, '_')}` }));
  writeFileSync(join(out, 'registry.js'), [
    "import { createRegistry } from '@bufbuild/protobuf';",
    ...files.map(({ module, name: file }) => `import { ${file} } from '${module}';`),
    `export const ${name} = createRegistry(${files.map(({ name: file }) => file).join(', ')});`,
    '',
  ].join('\n'));
  writeFileSync(join(out, 'registry.d.ts'), `import type { Registry } from '@bufbuild/protobuf';\n/** Every generated message type, by name. */\nexport declare const ${name}: Registry;\n`);
}

/** Puts the generation in the place of the package's gen/. */
export function publish({ project, next, out }) {
  writeFileSync(join(out, 'package.json'), JSON.stringify({ type: 'module', sideEffects: false }));
  const gen = join(project, 'gen');
  rmSync(gen, { recursive: true, force: true });
  renameSync(next, gen);
  return gen;
}

/** The whole of it for a package whose messages are the .proto files in its `proto/`; `registry` is the name of what registry.js exports. */
export function generateOwnMessages(project, registry) {
  const source = join(project, 'proto');
  const paths = readdirSync(source, { recursive: true }).filter((path) => path.endsWith('.proto'));
  const generation = startGeneration(project);
  cpSync(source, generation.work, { recursive: true });
  generateModules(generation);
  writeRegistry(generation, registry, paths);
  console.log(`${basename(project)}: ${paths.length} files generated into ${relative(process.cwd(), publish(generation))}`);
}
