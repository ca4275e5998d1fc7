import type { ErrorCode } from '#contract';
import { AegisError, errnoOf, messageOf } from '../base/errors.ts';
import type { Refusal } from './refusal.ts';

type Cause = readonly [code: ErrorCode, sentence: (host: string) => string, hint: string];

const CHECK_SERVICE = 'Check that the service runs and that its address in the credential is right.';
const CHECK_NETWORK = 'Check the network connection, then try again.';
const CHECK_NAME = 'Check the spelling of the host in the credential, and the network connection.';
const CHECK_CERTIFICATE = 'Check the certificate of the service and the clock of this machine.';
const TRY_AGAIN = 'Try again; if it stays so, the service has a problem.';

/** Node's and undici's codes in words. Nothing else of the error is shown: its message may hold what was sent. */
const CAUSES: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: [
    'UPSTREAM_UNREACHABLE',
    (h) => `Nothing listens at ${h} (connection refused).`,
    CHECK_SERVICE,
  ],
  ENOTFOUND: ['UPSTREAM_UNREACHABLE', (h) => `The name ${h} does not exist (ENOTFOUND).`, CHECK_NAME],
  EAI_AGAIN: [
    'UPSTREAM_UNREACHABLE',
    (h) => `The name ${h} could not be looked up (EAI_AGAIN).`,
    CHECK_NETWORK,
  ],
  EHOSTUNREACH: ['UPSTREAM_UNREACHABLE', (h) => `There is no route to ${h} (EHOSTUNREACH).`, CHECK_NETWORK],
  ENETUNREACH: ['UPSTREAM_UNREACHABLE', (h) => `The network of ${h} cannot be reached.`, CHECK_NETWORK],
  EADDRNOTAVAIL: ['UPSTREAM_UNREACHABLE', (h) => `No local address can reach ${h}.`, CHECK_NETWORK],
  ETIMEDOUT: ['UPSTREAM_TIMEOUT', (h) => `${h} did not accept the connection in time.`, CHECK_NETWORK],
  UND_ERR_CONNECT_TIMEOUT: [
    'UPSTREAM_TIMEOUT',
    (h) => `${h} did not accept the connection in time.`,
    CHECK_NETWORK,
  ],
  UND_ERR_HEADERS_TIMEOUT: ['UPSTREAM_TIMEOUT', (h) => `${h} did not answer in time.`, TRY_AGAIN],
  UND_ERR_BODY_TIMEOUT: ['UPSTREAM_TIMEOUT', (h) => `${h} stopped in the middle of its answer.`, TRY_AGAIN],
  UND_ERR_SOCKET: [
    'UPSTREAM_FAILED',
    (h) => `${h} closed the connection before its answer was complete.`,
    TRY_AGAIN,
  ],
  ECONNRESET: ['UPSTREAM_FAILED', (h) => `${h} reset the connection.`, TRY_AGAIN],
  EPIPE: ['UPSTREAM_FAILED', (h) => `${h} closed the connection while the request was sent.`, TRY_AGAIN],
  UND_ERR_HEADERS_OVERFLOW: [
    'UPSTREAM_FAILED',
    (h) => `The answer of ${h} has too large headers.`,
    TRY_AGAIN,
  ],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: [
    'UPSTREAM_FAILED',
    (h) => `The answer of ${h} has another length than it says.`,
    TRY_AGAIN,
  ],
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: [
    'REQUEST_MALFORMED',
    () => 'The body has another length than Content-Length says.',
    'Send a request that follows RFC 9112.',
  ],
};

/** A failure on the way to the service or back, as an answer that names the host and the cause. */
export function explainUpstream(error: unknown, host: string): Refusal {
  if (error instanceof AegisError) {
    return { code: error.code, detail: error.message, hint: error.hint ?? '', data: error.data };
  }
  const code = causeCode(error);
  const known = code === undefined ? undefined : CAUSES[code];
  if (known) return { code: known[0], detail: known[1](host), hint: known[2], data: { service_host: host } };
  if (code !== undefined && isTlsCode(code)) {
    return {
      code: 'UPSTREAM_UNREACHABLE',
      detail: `No trusted TLS connection to ${host}: ${tlsReason(code)}.`,
      hint: CHECK_CERTIFICATE,
      data: { service_host: host },
    };
  }
  if (code?.startsWith('HPE_')) {
    return {
      code: 'UPSTREAM_FAILED',
      detail: `${host} sent an answer that is not HTTP (${code}).`,
      hint: TRY_AGAIN,
      data: { service_host: host },
    };
  }
  return {
    code: 'UPSTREAM_FAILED',
    detail: `The request to ${host} failed (${code ?? 'unknown cause'}).`,
    hint: TRY_AGAIN,
    data: { service_host: host },
  };
}

/** Happy eyeballs reports one error per address: the first one's code speaks for all. */
function causeCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return causeCode(error.errors[0]);
  const code = errnoOf(error);
  if (code !== undefined && code !== 'UND_ERR_SOCKET') return code;
  const cause = error instanceof Error && error.cause !== undefined ? errnoOf(error.cause) : undefined;
  return cause ?? code;
}

const isTlsCode = (code: string): boolean =>
  code.startsWith('ERR_TLS_') ||
  code.startsWith('ERR_SSL_') ||
  code === 'EPROTO' ||
  /CERT|SELF_SIGNED|UNABLE_TO|CRL_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/.test(code);

function tlsReason(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired';
    case 'CERT_NOT_YET_VALID':
      return 'its certificate is not valid yet';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `its certificate is self-signed (${code})`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `its certificate's issuer is not trusted here (${code})`;
    default:
      return code;
  }
}

/** Whether a request without a body may be sent again: the socket had died before a byte of the answer came. */
export function isStaleSocket(error: unknown): boolean {
  const code = errnoOf(error);
  return (
    code === 'UND_ERR_SOCKET' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    messageOf(error) === 'other side closed'
  );
}
