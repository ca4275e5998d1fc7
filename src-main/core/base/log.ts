import pino, { type Logger } from 'pino';

export type Log = Logger;

/**
 * Logs go to stderr as JSON lines, so that stdout stays for what a command prints. Nothing that may hold a secret is
 * ever passed in; the redaction below is the second net, not the first.
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: [
          'token',
          '*.token',
          'secret',
          '*.secret',
          'passphrase',
          '*.passphrase',
          'authorization',
          '*.authorization',
          'headers',
          '*.headers',
          'cookie',
          '*.cookie',
          'env',
          '*.env',
        ],
        censor: '[redacted]',
      },
    },
    pino.destination({ fd: 2, sync: false }),
  );
}

/** For tests and short commands. */
export const silentLog = (): Log => pino({ level: 'silent' });
