import { AegisError, errnoOf, messageOf } from '../base/errors.ts';
import { malformed } from './front-door.ts';
import type { Refusal } from './refusal.ts';

const reason = (code: Refusal['code'], detail: string, hint: string): Refusal => ({ code, detail, hint });

export const SHUTTING_DOWN = reason(
  'SHUTTING_DOWN',
  'The Gate is closing.',
  'Try again when Aegis runs again.',
);
export const INTERNAL = reason(
  'INTERNAL',
  'The Gate could not judge the request.',
  'Look into the log of Aegis.',
);
export const NO_LEDGER = reason(
  'LEDGER_UNAVAILABLE',
  'The request was not sent, because its ledger entry could not be written.',
  'Check that the disk has space and that the state folder of Aegis is writable.',
);
export const NOT_OURS = reason(
  'NOT_FOUND',
  'The Gate itself answers only GET /_aegis/health and GET /_aegis/metrics.',
  'Requests to services have the form /{service}/{path}.',
);
export const TOKEN_REVOKED = reason(
  'AGENT_AUTH_INVALID',
  'The agent token was revoked.',
  'Start a new session.',
);
export const VAULT_WAS_LOCKED = reason(
  'VAULT_LOCKED',
  'The vault was locked.',
  'Unlock the vault, then try again.',
);
export const CREDENTIAL_GONE = reason(
  'NO_CREDENTIAL',
  'The credential was removed.',
  'Store it again, or use another one.',
);
export const GRANT_GONE = reason(
  'AGENT_SCOPE',
  'The grant for this credential was taken away.',
  'Ask the owner to grant it again.',
);
export const UPLOAD_STALLED = reason(
  'REQUEST_TIMEOUT',
  'The body of the request stopped coming.',
  'Send it without long pauses.',
);
export const ANSWER_UNREAD = reason(
  'REQUEST_TIMEOUT',
  'The agent stopped reading the answer.',
  'Read the answer as it comes.',
);

export const tooMany = (limit: number): Refusal => ({
  code: 'RATE_LIMITED',
  detail: `The agent has ${limit} requests under way already.`,
  hint: 'Wait for some of them to end.',
  data: { limit },
});

/** What llhttp or a timer of Node's server says, as a refusal; undefined when the other side just went away. */
export function parserRefusal(error: Error): Refusal | undefined {
  const code = errnoOf(error) ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') {
    return {
      code: 'HEADERS_TOO_LARGE',
      detail: 'The request line and headers are too large.',
      hint: 'Send fewer or shorter headers.',
      close: true,
    };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return {
      code: 'REQUEST_TIMEOUT',
      detail: 'The head of the request did not arrive in time.',
      hint: 'Send the request without pauses.',
      close: true,
    };
  }
  // The connection ended within a request: somebody left, nobody erred.
  if (!code.startsWith('HPE_') || code === 'HPE_INVALID_EOF_STATE') return undefined;
  const tls = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) && error.rawPacket[0] === 0x16;
  const refusal = malformed(
    tls
      ? 'The client speaks TLS; the Gate on loopback speaks plain HTTP.'
      : `The request is not valid HTTP/1.1 (${code}).`,
  );
  return tls ? { ...refusal, hint: 'Use http:// in the base URL.' } : refusal;
}

export function listenError(error: unknown, at: { host: string; port: number }): AegisError {
  if (errnoOf(error) === 'EADDRINUSE') {
    return new AegisError(
      'PORT_IN_USE',
      `The Gate cannot listen on ${at.host}:${at.port}: the port is in use.`,
      {
        hint: 'End the program that holds it, or choose another port with --gate-port.',
        cause: error,
      },
    );
  }
  return new AegisError('INTERNAL', `The Gate cannot listen on ${at.host}:${at.port}: ${messageOf(error)}`, {
    hint: 'Choose an address of this machine.',
    cause: error,
  });
}
