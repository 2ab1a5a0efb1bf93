import type { Command } from 'commander';
import { apply, type ApplyFlags } from '../commands/apply.ts';
import { convert, type ConvertFlags } from '../commands/convert.ts';
import { deleteResource } from '../commands/delete.ts';
import { get, type GetFlags } from '../commands/get.ts';
import type { ContextMaker } from '../context.ts';

/** `apply`, `convert`, `get`, `delete`. */
export function addResourceCommands(program: Command, contextOf: ContextMaker): void {
  program
    .command('apply')
    .description('Create or change resources from a file, a folder, a URL or standard input.')
    .requiredOption('-f, --file <path>', 'file, folder, http(s) URL, or - for standard input')
    .option('-v, --var <name=value...>', 'fill {{name}} in the input (repeatable)')
    .option('--dry-run', 'check and print what would be sent, and say which proxies it would change; store nothing')
    .option('--strict', 'refuse resources with fields that no schema knows')
    .option('--wait', 'wait until every proxy that this concerns has accepted or refused it, at a global control plane every zone; fails where one refuses')
    .option('--timeout <duration>', 'longest wait with --wait', '30s')
    .addHelpText('after', '\nExamples:\n  $ weftctl apply -f policies/\n  $ weftctl apply -f timeout.yaml --wait\n  $ cat mesh.yaml | weftctl apply -f -\n  $ weftctl apply -f dp.yaml -v name=web-1 -v port=8080 --dry-run\n')
    .action((flags: ApplyFlags) => apply(contextOf(), flags));
  program
    .command('convert')
    .description('Print the policies with a targetRef that stand for policies of the first generation; send nothing.')
    .requiredOption('-f, --file <path>', 'file, folder, http(s) URL, or - for standard input')
    .addHelpText('after', '\nExamples:\n  $ weftctl convert -f old-policies/ > new-policies.yaml\n  $ weftctl get timeout slow -o yaml | weftctl convert -f -\n')
    .action((flags: ConvertFlags) => convert(contextOf(), flags));
  program
    .command('get')
    .description('Show one resource, or a list of them.')
    .argument('<type>', 'singular with a name, plural for a list: mesh default, meshtimeouts, …')
    .argument('[name]')
    .option('-m, --mesh <mesh>', 'mesh of the resources', 'default')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .option('--size <number>', 'longest page (0: as the server likes)')
    .option('--offset <offset>', 'where to go on, from the hint below a page')
    .option('-w, --watch', 'print again whenever something changes')
    .addHelpText('after', '\nExamples:\n  $ weftctl get meshes\n  $ weftctl get dataplanes -m default -o json\n  $ weftctl get meshtimeout mesh-timeout-all-default -o yaml\n')
    .action((type: string, name: string | undefined, flags: GetFlags) => get(contextOf(), { type, name }, flags));
  program
    .command('delete')
    .description('Delete one resource.')
    .argument('<type>')
    .argument('<name>')
    .option('-m, --mesh <mesh>', 'mesh of the resource', 'default')
    .action((type: string, name: string, flags: { mesh: string }) => deleteResource(contextOf(), { type, name }, flags));
}
