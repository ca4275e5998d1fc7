import { AegisError } from '../base/errors.ts';
import type { Failure } from './protocol.ts';

/** Why the ledger cannot be written and what to do about it, as the status bar and every refused action show it. */
export interface Outage {
  readonly detail: string;
  readonly hint: string;
}

export function outageOf(failure: Failure, path: string): Outage {
  const { code, message } = failure;
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return {
      detail: `The disk is full: ${path} cannot grow.`,
      hint: 'Free some space; Aegis goes on by itself with the next action.',
    };
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return {
      detail: `${path} cannot be written: the file, its folder or the file system is read-only.`,
      hint: 'Give your user write permission to the folder; Aegis goes on by itself with the next action.',
    };
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return {
      detail: `Another program holds ${path} locked.`,
      hint: 'Close the program that has the file open (a backup or a database browser) and try again.',
    };
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return {
      detail: `${path} is damaged (${message}). It was left as it is.`,
      hint: `Keep the file for inspection and start a new one: quit, mv "${path}" "${path}.damaged", start again.`,
    };
  }
  if (code === 'LEDGER_LAYOUT') {
    return { detail: message, hint: 'Update Aegis, or move the file away to start a new ledger.' };
  }
  if (code === 'LEDGER_SLOW') {
    return { detail: message, hint: 'Check the disk that holds the state folder.' };
  }
  return {
    detail: `${path} cannot be written: ${message}`,
    hint: 'Check that the disk has space and that the folder belongs to you.',
  };
}

export const unavailable = (outage: Outage): AegisError =>
  new AegisError(
    'LEDGER_UNAVAILABLE',
    `The action was refused, because it could not be recorded. ${outage.detail}`,
    { hint: outage.hint },
  );

/** What `Ledger.open` throws instead of coming up without a ledger: nothing the next append could mend. */
export function openError(failure: Failure, path: string): AegisError | undefined {
  const { detail, hint } = outageOf(failure, path);
  if (failure.code === 'LEDGER_LOCKED') {
    return new AegisError('STATE_DIR_IN_USE', failure.message, {
      hint: 'Only one Aegis may use a state folder. Quit the other one, or set AEGIS_STATE_DIR to another folder.',
    });
  }
  if (failure.code === 'LEDGER_LAYOUT' || failure.code === 'SQLITE_NOTADB') {
    return new AegisError('DATABASE_CORRUPT', detail, { hint });
  }
  return failure.code.startsWith('SQLITE_CORRUPT')
    ? new AegisError('DATABASE_CORRUPT', detail, { hint })
    : undefined;
}
