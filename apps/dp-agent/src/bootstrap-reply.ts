/** What an answer to `POST /bootstrap` means for the agent. `bootstrap` is Envoy's configuration as YAML. */
export type BootstrapVerdict =
  | { readonly kind: 'ok'; readonly bootstrap: string }
  | { readonly kind: 'retry'; readonly why: string }
  | { readonly kind: 'fatal'; readonly why: string };

/** An answer over HTTP, or the code and words of the failure to get one. */
export type BootstrapReply =
  | { readonly status: number; readonly body: string }
  | { readonly failure: string; readonly code: string };

const CERTIFICATE_TROUBLE = /CERT|ALTNAME|ISSUER|SIGNATURE/;

/** Judges an answer as kuma-dp does: an unknown proxy, a failing server and an unreachable one are asked again, everything else is fatal. Pure. */
export function judgeBootstrapReply(reply: BootstrapReply): BootstrapVerdict {
  if ('failure' in reply) return judgeFailure(reply.failure, reply.code);
  if (reply.status === 200) return readBootstrap(reply.body);
  const words = reply.body.trim();
  if (reply.status === 404 && words === '') {
    return { kind: 'retry', why: 'the control plane does not know this proxy yet (no such Dataplane, and no definition was given with --dataplane-file)' };
  }
  if (reply.status === 404) return { kind: 'fatal', why: `this is not the DP server of a control plane (${words}); its default port is 5678` };
  if (reply.status >= 400 && reply.status < 500) return { kind: 'fatal', why: `Invalid request: ${words}` };
  return { kind: 'retry', why: `the control plane answered ${reply.status} ${words}` };
}

function judgeFailure(failure: string, code: string): BootstrapVerdict {
  if (CERTIFICATE_TROUBLE.test(code)) {
    return { kind: 'fatal', why: `the control plane's certificate is not trusted (${failure}); name its CA with --ca-cert-file, or leave it unverified with --skip-verify` };
  }
  if (code === 'EPROTO') return { kind: 'fatal', why: `no TLS there (${failure}); check scheme and port of --cp-address` };
  return { kind: 'retry', why: `the control plane cannot be reached (${failure})` };
}

function readBootstrap(body: string): BootstrapVerdict {
  try {
    const document = JSON.parse(body) as { readonly bootstrap?: unknown };
    if (typeof document.bootstrap === 'string') return { kind: 'ok', bootstrap: Buffer.from(document.bootstrap, 'base64').toString('utf8') };
  } catch { /* told below: the answer is not what the contract says */ }
  return { kind: 'fatal', why: 'the control plane answered 200 without a bootstrap document' };
}
