import { MeshError } from '@weft/kernel';
import { weftRegistry } from '@weft/policy-model';
import type { Command } from 'commander';

/** A completion script made from the command tree: subcommands, flags, and resource types for get and delete. */
export function completionScript(program: Command, shell: string): string {
  const words = wordsByPath(program);
  switch (shell) {
    case 'bash': return bash(words);
    case 'zsh': return `#compdef weftctl\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case 'fish': return fish(words);
    default: throw new MeshError('request/invalid', `no completion for shell "${shell}". Use bash, zsh or fish.`);
  }
}

type Words = readonly (readonly [path: string, words: readonly string[]])[];

function wordsByPath(command: Command, path = ''): Words {
  const own = [...command.commands.map((child) => child.name()), ...command.options.map((option) => option.long ?? option.short ?? ''), ...typesFor(path)];
  return [[path, own], ...command.commands.flatMap((child) => wordsByPath(child, `${path} ${child.name()}`.trim()))];
}

function typesFor(path: string): string[] {
  const named = weftRegistry.all.filter((type) => type.cliName !== undefined);
  if (path === 'get') return named.flatMap((type) => [type.cliName ?? '', type.plural]);
  return path === 'delete' ? named.map((type) => type.cliName ?? '') : [];
}

function bash(words: Words): string {
  const cases = words.map(([path, list]) => `    "${path}") list="${list.join(' ')}" ;;`).join('\n');
  return `_weftctl() {
  local path="" word list=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$list" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _weftctl weftctl
`;
}

function fish(words: Words): string {
  const lines = words.map(([path, list]) => `complete -c weftctl -f -n '${path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1) ?? ''}`}' -a '${list.join(' ')}'`);
  return `${lines.join('\n')}\n`;
}
