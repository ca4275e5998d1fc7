import type { IncomingMessage } from 'node:http';
import type { AuditEvent, Credential } from '#contract';
import { newId } from '../base/ids.ts';
import type { GateAgent } from './ports.ts';
import type { Refusal } from './refusal.ts';

const MAX_TARGET = 1024;
/** W3C trace context: version 00, or a later one that begins alike and may go on; `ff` is no version. */
const TRACEPARENT =
  /^(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/**
 * What is known of one request, filled in as the checks go on, so that a refusal at any step writes an entry with all
 * that was learned until then.
 */
export class Inquiry {
  readonly id: string = newId('req');
  readonly started = performance.now();
  readonly method: string;
  agent: GateAgent | undefined;
  /** Only a name some credential has; what an agent made up is not a service. */
  service: string | undefined;
  credential: Credential | undefined;
  readonly #url: string;
  #target: string | undefined;

  readonly #trace: string | undefined;

  constructor(method: string | undefined, url: string | undefined, traceparent?: string | undefined) {
    this.method = method ?? '?';
    this.#url = url ?? '';
    this.#trace = traceparent === undefined ? undefined : TRACEPARENT.exec(traceparent)?.[1];
  }

  /** `GET api.example.com/v1/models`, never with the query; before the host is known the path alone. */
  get target(): string {
    this.#target ??= `${this.method} ${printable(this.#url)}`;
    return this.#target;
  }

  static of(req: IncomingMessage): Inquiry {
    const { traceparent } = req.headers;
    return new Inquiry(req.method, req.url, typeof traceparent === 'string' ? traceparent : undefined);
  }

  /** Once the target host is known. */
  aim(authority: string, path: string): void {
    const whole = `${this.method} ${authority}${path}`;
    this.#target = whole.length > MAX_TARGET ? `${whole.slice(0, MAX_TARGET)}…` : whole;
  }

  /** Nobody should read a token in the ledger, wherever its holder put it. */
  hide(token: string): void {
    this.#target = this.target.replaceAll(token, '***');
  }

  /** Written before the request leaves. */
  allowed(): AuditEvent {
    return {
      action: 'gate.request',
      outcome: 'allowed',
      actor: this.agent?.name ?? 'unknown',
      agent: this.agent?.name,
      session_id: this.agent?.session_id,
      service: this.service,
      target: this.target,
      request_id: this.id,
      trace_id: this.#trace,
      details: { credential: this.credential?.name ?? null, vault: this.credential?.vault ?? null },
    };
  }

  /** @param outcome `error` when nothing was refused, but the way was barred (a name that does not resolve) */
  refused(refusal: Refusal, outcome: 'denied' | 'error' = 'denied'): AuditEvent {
    return { ...this.allowed(), outcome, code: refusal.code, reason: refusal.detail };
  }

  /** For a request that ended before its first entry was written: that entry then tells the end. */
  ended(end: Completion): AuditEvent {
    return {
      ...this.allowed(),
      outcome: end.code === 'CLIENT_GONE' ? 'error' : 'denied',
      code: end.code,
      reason: end.reason,
    };
  }

  /** Written when a forwarded request has ended, in whatever way. */
  completed(end: Completion): AuditEvent {
    return {
      action: 'gate.completed',
      outcome: end.code === null ? 'info' : 'error',
      actor: this.agent?.name ?? 'unknown',
      agent: this.agent?.name,
      session_id: this.agent?.session_id,
      service: this.service,
      target: this.target,
      request_id: this.id,
      trace_id: this.#trace,
      code: end.code,
      reason: end.reason,
      bytes_in: end.bytesIn,
      bytes_out: end.bytesOut,
      duration_ms: Math.round((performance.now() - this.started) * 100) / 100,
      details: end.masked > 0 ? { status: end.status, masked: end.masked } : { status: end.status },
    };
  }
}

export interface Completion {
  /** The service's status; null when it never answered. */
  readonly status: number | null;
  /** Null for a complete answer. */
  readonly code: string | null;
  readonly reason: string | null;
  /** Body bytes from the agent to the service, and back. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often the secret was found in the answer and masked. */
  readonly masked: number;
}

/** Without the query, and safe to show on any screen. */
function printable(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return path.slice(0, MAX_TARGET).replace(/[^\x21-\x7e]/g, '?');
}
