// Generates gen/ (JavaScript and declarations of Envoy's messages) from the .proto files in @grpc/grpc-js-xds.
// What it mends on the way is said where it is done. Run by `npm run generate`; the result is not committed.
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage, generateModules, publish, startGeneration, writeRegistry } from '../../../tools/proto-modules.mjs';

const here = dirname(fileURLToPath(import.meta.url));
/** Supplied under names that say what is in them, not as they are imported. */
const SUPPLIED_AS = { 'opentelemetry/proto/common/v1/common.proto': 'opentelemetry/proto/common/v1/any_value.proto' };
const project = dirname(here);
const require = createRequire(import.meta.url);
const deps = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
const roots = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) => join(deps, name));
const generation = startGeneration(project);
const { next, work, out } = generation;

/** Imports that nothing we build refers to at run time. */
const LEFT_OUT = /^(opencensus\/|envoy\/config\/trace\/v3\/opencensus|google\/protobuf\/)/;

const entries = readFileSync(join(here, 'entries.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const seen = new Set();
collect(entries, work, seen);
generateModules(generation);
writeRegistry(generation, 'envoyRegistry', seen);
writeEveryType();
const gen = publish(generation);
console.log(`envoy-proto: ${seen.size} files generated into ${relative(process.cwd(), gen)}`);

/** The files with everything that they import, mended, in `folder`; their paths in `found`. */
function collect(paths, folder, found) {
  const queue = [...paths];
  while (queue.length > 0) {
    const path = queue.pop();
    if (found.has(path) || LEFT_OUT.test(path)) continue;
    found.add(path);
    const text = mended(path, sourceOf(path));
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    for (const [, imported] of text.matchAll(/^import (?:public |weak )?"([^"]+)";/gm)) queue.push(imported);
  }
}

/** every-type.js: a descriptor set of all v3 messages that are shipped, for the JSON form of extensions that no builder uses. */
function writeEveryType() {
  const folder = join(next, 'every');
  const shipped = readdirSync(join(deps, 'envoy-api'), { recursive: true }).filter((path) => /^envoy\/(config|extensions|data)\/.*v3\/[^/]+\.proto$/.test(path) && !LEFT_OUT.test(path));
  collect([...shipped, ...entries], folder, new Set());
  const image = join(next, 'every.binpb');
  buildImage(folder, image);
  writeFileSync(join(out, 'every-type.js'), `export const everyType = '${readFileSync(image).toString('base64')}';\n`);
  writeFileSync(join(out, 'every-type.d.ts'), '/** A google.protobuf.FileDescriptorSet in base64. */\nexport declare const everyType: string;\n');
}

function sourceOf(path) {
  const supplied = join(here, 'supplied', SUPPLIED_AS[path] ?? path);
  if (existsSync(supplied)) return readFileSync(supplied, 'utf8');
  const root = roots.find((candidate) => existsSync(join(candidate, path)));
  if (root === undefined) throw new Error(`no .proto tree holds ${path}`);
  return readFileSync(join(root, path), 'utf8');
}

function mended(path, text) {
  // The bundled validate.proto is older than Envoy's use of ignore_empty: give every rule message that field.
  if (path === 'validate/validate.proto') return text.replace(/^(message (?:\w+)Rules \{)/gm, (line) => (/FieldRules|MessageRules/.test(line) ? line : `${line}\n    optional bool ignore_empty = 900;`));
  return text.split('\n').filter((line) => !/^import .*opencensus/.test(line)).join('\n');
}
