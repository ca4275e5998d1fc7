/**
 * Every error the product can answer with, in one table: code -> HTTP status and title.
 * The sentence (`detail`) and the next step (`hint`) are written where the error is raised, because only that place
 * knows what the caller can do about it.
 */
export const ERROR_CATALOGUE = {
  // The caller's input.
  INVALID_INPUT: { status: 400, title: 'Some fields are not valid' },
  FOLDER_MISSING: { status: 422, title: 'The folder does not exist' },
  AGENT_NOT_INSTALLED: { status: 422, title: 'The agent is not installed' },
  // Who is calling.
  UNAUTHENTICATED: { status: 401, title: 'Sign in first' },
  SIGN_IN_FAILED: { status: 401, title: 'Sign-in failed' },
  PERMISSION_MISSING: { status: 403, title: 'Permission missing' },
  ORIGIN_REFUSED: { status: 403, title: 'Request from a foreign page or host name' },
  // What it is about.
  NOT_FOUND: { status: 404, title: 'Not found' },
  NAME_TAKEN: { status: 409, title: 'The name is already in use' },
  SESSION_ENDED: { status: 409, title: 'The session has ended' },
  SESSION_LIVE: { status: 409, title: 'The session is still running' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key belongs to another request' },
  APPROVAL_SETTLED: { status: 409, title: 'Already answered' },
  APPROVAL_CHANGED: { status: 409, title: 'The request changed since it was read' },
  APPROVAL_AMBIGUOUS: { status: 409, title: 'Not exactly one pending request' },
  TOO_MANY_SESSIONS: { status: 429, title: 'Too many sessions' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  // The vault.
  VAULT_LOCKED: { status: 503, title: 'The vault is locked' },
  VAULT_NOT_SET_UP: { status: 503, title: 'The vault has no key yet' },
  PASSPHRASE_WRONG: { status: 403, title: 'Wrong passphrase' },
  KEYCHAIN_UNAVAILABLE: { status: 503, title: 'The system keychain does not answer' },
  MASTER_KEY_MISMATCH: { status: 503, title: 'This key does not open this vault' },
  SECRET_UNREADABLE: { status: 500, title: 'The stored secret cannot be decrypted' },
  // The Gate's refusals.
  AGENT_AUTH_MISSING: { status: 401, title: 'Agent token missing' },
  AGENT_AUTH_INVALID: { status: 401, title: 'Agent token not valid' },
  NO_CREDENTIAL: { status: 404, title: 'No credential for this service' },
  CREDENTIAL_EXPIRED: { status: 403, title: 'The credential has expired' },
  CREDENTIAL_SCOPE: { status: 403, title: 'The credential does not cover this method' },
  AGENT_SCOPE: { status: 403, title: 'The agent has no grant for this credential' },
  DOMAIN_GUARD: { status: 403, title: 'Target host not allowed' },
  ADDRESS_GUARD: { status: 403, title: 'Target address not allowed' },
  PATH_REFUSED: { status: 400, title: 'The request target is ambiguous' },
  REQUEST_MALFORMED: { status: 400, title: 'The request is malformed' },
  METHOD_REFUSED: { status: 405, title: 'The method is not carried' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UPSTREAM_UNREACHABLE: { status: 502, title: 'The service cannot be reached' },
  UPSTREAM_FAILED: { status: 502, title: 'The service broke off its answer' },
  UPSTREAM_TIMEOUT: { status: 504, title: 'The service did not answer in time' },
  SHUTTING_DOWN: { status: 503, title: 'Shutting down' },
  // Our own parts.
  LEDGER_UNAVAILABLE: { status: 503, title: 'The ledger cannot be written' },
  GATE_UNAVAILABLE: { status: 503, title: 'The Gate is not running' },
  PTY_HOST_UNAVAILABLE: { status: 503, title: 'The terminal host does not answer' },
  DATABASE_CORRUPT: { status: 503, title: 'A database file is damaged' },
  PORT_IN_USE: { status: 500, title: 'The port is in use' },
  STATE_DIR_IN_USE: { status: 500, title: 'Another Aegis uses this state folder' },
  NOT_SUPPORTED_HERE: { status: 501, title: 'Not available here' },
  INTERNAL: { status: 500, title: 'Something went wrong inside Aegis' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CATALOGUE, code);
