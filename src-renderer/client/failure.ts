import { ERROR_CATALOGUE, isErrorCode } from '#contract';

/** An error as screens show it: what happened, why, what to do next. */
export interface Failure {
  code: string;
  title: string;
  detail: string;
  hint: string | null;
  request_id: string | null;
  /** One sentence per input field, by JSON pointer. */
  fields: Record<string, string>;
}

/** Codes that arise in the page itself, not in the control plane. */
const OWN = {
  CONNECTION_LOST: {
    title: 'The connection to Aegis was lost',
    detail: 'The answer did not arrive.',
    hint: 'Aegis reconnects by itself. Then try again.',
  },
} as const;

/** Makes any thrown value presentable. Unknown shapes become INTERNAL, never an empty box. */
export function toFailure(error: unknown): Failure {
  const record = isRecord(error) ? error : {};
  const data = isRecord(record.data) ? record.data : {};
  const code =
    text(record.code) ?? text(data.code) ?? (isConnectionError(error) ? 'CONNECTION_LOST' : 'INTERNAL');
  const message = text(data.detail) ?? text(record.message) ?? '';
  if (code === 'CONNECTION_LOST') {
    return { code, request_id: null, fields: {}, ...OWN.CONNECTION_LOST };
  }
  return {
    code,
    title: isErrorCode(code) ? ERROR_CATALOGUE[code].title : 'Something went wrong',
    detail: message,
    hint: text(data.hint) ?? null,
    request_id: text(data.request_id) ?? null,
    fields: fieldErrors(data.errors),
  };
}

function fieldErrors(errors: unknown): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!Array.isArray(errors)) return fields;
  for (const error of errors) {
    const pointer = isRecord(error) ? text(error.pointer) : undefined;
    const detail = isRecord(error) ? text(error.detail) : undefined;
    if (pointer !== undefined && detail !== undefined) fields[pointer] ??= detail;
  }
  return fields;
}

function isConnectionError(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === 'AbortError' || /websocket|closed|aborted/i.test(error.message))
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
