// Rules of the repository that no compiler holds: run by `npm run check`. Each finding says what to do.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const findings = [];
const packages = ['libs', 'apps'].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))).filter((path) => existsSync(join(path, 'package.json')));

for (const path of packages) {
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  if (!existsSync(join(path, 'README.md'))) findings.push(`${path}: write README.md (purpose, main types, who calls it, invariants)`);
  if (!manifest.nx?.tags?.some((tag) => tag.startsWith('layer:'))) findings.push(`${path}: give package.json an nx tag layer:…`);
  checkImports(path, manifest);
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).split('\n').filter((file) => file !== '' && existsSync(file));
for (const file of tracked) {
  if (/(^|\/)(utils?|helpers?|common|manager)\.[a-z]+$/.test(file)) findings.push(`${file}: name the file after what it does`);
  if (/\/index\.ts$/.test(file) && /^export \*/m.test(readFileSync(file, 'utf8'))) findings.push(`${file}: list the exported names instead of export *`);
}

for (const finding of findings) console.error(finding);
console.log(`${packages.length} packages, ${tracked.length} files, ${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);

/** What a package's code imports must stand in its package.json. */
function checkImports(path, manifest) {
  const declared = new Set([manifest.name, ...Object.keys(manifest.dependencies ?? {})]);
  const used = new Set();
  for (const file of sources(join(path, 'src'))) {
    if (/(\.test|\/testing)\.ts$|\/testing\//.test(file)) continue;
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import '|(?:import|export)\b[^'\n]*\bfrom '|\} from ')((?:@[\w.-]+\/)?[\w][\w.-]*)[^']*'/gm);
    for (const [statement, name] of imports) if (!statement.includes("'node:")) used.add(name);
  }
  for (const name of used) if (!declared.has(name)) findings.push(`${path}: imports ${name}; add it to dependencies in package.json`);
}

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? sources(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : []));
}
