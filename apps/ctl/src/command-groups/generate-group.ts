import { Option, type Command } from 'commander';
import { generatePublicKey, generateSigningKeyCommand, generateTlsCertificate } from '../commands/generate-keys.ts';
import { generateDataplaneToken, generateUserToken, generateZoneToken } from '../commands/generate-token.ts';
import type { ContextMaker } from '../context.ts';

/** A flag with a list: repeated, separated by commas, or both. */
const list = (text: string, earlier: readonly string[] = []): readonly string[] => [...earlier, ...text.split(',').filter((part) => part !== '')];

/** `generate …`: tokens, keys, certificates. */
export function addGenerateCommands(program: Command, contextOf: ContextMaker): void {
  const generate = program.command('generate').description('Make tokens, keys and certificates.').action(() => generate.help());
  withKey(generate.command('dataplane-token').description('A token that lets a proxy connect.'))
    .option('--name <name>', 'only for the proxy of this name')
    .option('-m, --mesh <mesh>', 'mesh of the proxy', 'default')
    .option('--proxy-type <type>', 'dataplane, ingress or egress')
    .addOption(new Option('--type <type>', 'older name of --proxy-type').hideHelp())
    .option('--tag <key=v1,v2...>', 'only for proxies with these tags (repeatable)')
    .option('--workload <name>', 'only for the proxies of this workload')
    .addHelpText('after', '\nExample:\n  $ weftctl generate dataplane-token --name web-1 --valid-for 24h > web-1.token\n')
    .action((flags: Parameters<typeof generateDataplaneToken>[1] & { readonly type?: string }) => generateDataplaneToken(contextOf(), { ...flags, ...(flags.type !== undefined && { proxyType: flags.type }) }));
  withKey(generate.command('zone-token').description('A token for the ingress, the egress or the control plane of a zone.'))
    .requiredOption('--zone <name>')
    .option('--scope <scopes>', 'ingress, egress or both (the default), or cp for the control plane of the zone', list)
    .action((flags: Parameters<typeof generateZoneToken>[1]) => generateZoneToken(contextOf(), flags));
  withKey(generate.command('user-token').description('A token that lets a person or program use the API.'))
    .requiredOption('--name <name>')
    .option('--group <groups>', 'groups of the user, comma-separated', list)
    .action((flags: Parameters<typeof generateUserToken>[1]) => generateUserToken(contextOf(), flags));
  generate
    .command('signing-key')
    .description('A key that signs tokens.')
    .option('--format <format>', 'pem-base64 or pem', 'pem-base64')
    .action((flags: { format: string }) => generateSigningKeyCommand(contextOf(), flags));
  generate
    .command('public-key')
    .description('The public half of a signing key.')
    .requiredOption('--signing-key-path <path>')
    .action((flags: { signingKeyPath: string }) => generatePublicKey(contextOf(), flags));
  generate
    .command('tls-certificate')
    .description('A self-signed key and certificate.')
    .requiredOption('--type <type>', 'client or server')
    .requiredOption('--hostname <names>', 'names and addresses, comma-separated', list)
    .option('--key-file <path>', 'where the key goes (- for standard output)', 'key.pem')
    .option('--cert-file <path>', 'where the certificate goes (- for standard output)', 'cert.pem')
    .option('--key-type <type>', 'rsa or ecdsa', 'rsa')
    .action((flags: Parameters<typeof generateTlsCertificate>[1]) => generateTlsCertificate(contextOf(), flags));
}

function withKey(command: Command): Command {
  return command
    .requiredOption('--valid-for <duration>', 'how long it is good for, e.g. 24h')
    .option('--signing-key-path <path>', 'sign with this key here, asking no control plane')
    .option('--kid <id>', 'id of that key');
}
