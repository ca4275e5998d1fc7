import { createHash } from 'node:crypto';
import type { Approval, AuditEvent, JsonValue } from '#contract';
import type { Approvals } from '../approvals/index.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import type { HookOutcome, LedgerNote, PendingQuestion } from './agents/adapter.ts';
import type { LiveSession } from './live-session.ts';
import type { PtyHostPort } from './ports.ts';
import type { HookCall } from './pty-host-types.ts';

export interface HookDeskOptions {
  readonly approvals: Approvals;
  readonly ptyHost: Pick<PtyHostPort, 'replyHook'>;
  readonly ledger: LedgerPort;
  readonly log: Log;
  /** The running session, if it runs. */
  find(id: string): LiveSession | undefined;
  /** The session's state or questions may have changed. */
  changed(live: LiveSession): void;
}

/** An agent asks one thing at a time, sub-agents a few. */
const HELD_PER_SESSION = 64;
const HELD_CHARACTERS = 16 * 1024 * 1024;
const NO_DECISION: JsonValue = {};
const STOPPED_WAITING = 'The agent stopped waiting: refused or interrupted in its terminal, or ended.';

/**
 * Where agents' events arrive: it turns them into states, questions and ledger notes, and settlements into answers. A
 * question it cannot take is answered without a decision, which leaves it to the agent's own terminal.
 */
export class HookDesk {
  readonly #options: HookDeskOptions;
  /** Callers of the control API that wait for an answer, by hook id. */
  readonly #callers = new Map<string, { session: string; size: number; answer(body: JsonValue): void }>();
  readonly #unsubscribe: () => void;

  constructor(options: HookDeskOptions) {
    this.#options = options;
    this.#unsubscribe = options.approvals.onSettled((approval) => this.#settled(approval));
  }

  dispose(): void {
    this.#unsubscribe();
    for (const { answer } of this.#callers.values()) answer(NO_DECISION);
    this.#callers.clear();
  }

  /** An event the terminal host took; the same held one may come again after a reconnect. */
  async take(call: HookCall): Promise<void> {
    const live = this.#options.find(call.session_id);
    if (!live || live.adapter.kind !== call.agent) {
      if (call.held) await this.#reply(call.hook_id, NO_DECISION);
      return;
    }
    await live.events
      .run(() => this.#read(live, call))
      .catch(async (error: unknown) => {
        // Whatever is wrong with it: the agent must not wait for an answer that nobody can give.
        this.#options.log.error(
          { session: live.id, event: call.event, reason: messageOf(error) },
          'an event',
        );
        if (call.held && this.#options.approvals.findByHook(live.id, call.hook_id)?.state !== 'pending')
          await this.#reply(call.hook_id, NO_DECISION);
      });
  }

  /** The agent closed a held call: whatever was asked there has been settled in its terminal. */
  async closed(hookId: string, sessionId: string): Promise<void> {
    const live = this.#options.find(sessionId);
    if (!live) return;
    await live.events.run(async () => {
      const approval = this.#options.approvals.findByHook(live.id, hookId);
      if (approval?.state !== 'pending') return;
      live.setBase({ state: 'waiting_input', reason: 'interrupted in its terminal' });
      await this.#options.approvals.supersede(approval.id, STOPPED_WAITING);
    });
  }

  /**
   * An event delivered through the control API with the session's hook token. Resolves with the body the agent expects;
   * for a question, once it is settled.
   */
  async deliver(live: LiveSession, event: string, body: JsonValue, signal?: AbortSignal): Promise<JsonValue> {
    const held = live.adapter.held_events.includes(event);
    const text = JSON.stringify(body);
    if (held) this.#assertRoom(live.id, text.length);
    if (held && signal?.aborted) return NO_DECISION;
    const hook_id = newId('req');
    const call: HookCall = {
      hook_id,
      session_id: live.id,
      agent: live.adapter.kind,
      event,
      body: text,
      held,
      received_at: new Date().toISOString(),
    };
    if (!held) {
      await this.take(call);
      return NO_DECISION;
    }
    const answered = new Promise<JsonValue>((answer) => {
      this.#callers.set(hook_id, { session: live.id, size: text.length, answer });
    });
    const leave = (): void => {
      this.#callers.get(hook_id)?.answer(NO_DECISION);
      this.#callers.delete(hook_id);
      void this.closed(hook_id, live.id).catch(() => undefined);
    };
    signal?.addEventListener('abort', leave);
    try {
      await this.take(call);
      return await answered;
    } finally {
      this.#callers.delete(hook_id);
      signal?.removeEventListener('abort', leave);
    }
  }

  /** As the terminal host does for what comes through it. */
  #assertRoom(session: string, size: number): void {
    const open = [...this.#callers.values()].filter((caller) => caller.session === session);
    const characters = open.reduce((sum, caller) => sum + caller.size, size);
    if (open.length < HELD_PER_SESSION && characters <= HELD_CHARACTERS) return;
    throw new AegisError('RATE_LIMITED', 'This session has too many open questions.', {
      hint: 'Wait until some of them are answered.',
      data: { policy: 'questions', limit: HELD_PER_SESSION },
    });
  }

  async #read(live: LiveSession, call: HookCall): Promise<void> {
    const known = call.held ? this.#options.approvals.findByHook(live.id, call.hook_id) : undefined;
    if (known) {
      // Told again after a reconnect. If it was settled meanwhile, the answer may not have arrived.
      if (known.state !== 'pending') await this.#answer(live, known);
      return;
    }
    let body: JsonValue;
    try {
      body = JSON.parse(call.body) as JsonValue;
    } catch {
      this.#options.log.warn(
        { session: live.id, event: call.event },
        'an agent sent an event that is not JSON',
      );
      if (call.held) await this.#reply(call.hook_id, NO_DECISION);
      return;
    }
    const outcome = live.reader?.read(call.event, body, this.#pendingOf(live)) ?? {};
    await this.#carryOut(live, call, outcome);
  }

  async #carryOut(live: LiveSession, call: HookCall, outcome: HookOutcome): Promise<void> {
    for (const note of outcome.notes ?? []) this.#note(live, note);
    if (outcome.state) live.setBase(outcome.state);
    if (outcome.ask) await this.#ask(live, call, outcome.ask);
    else if (call.held) await this.#reply(call.hook_id, NO_DECISION);
    for (const { id, outcome: reason } of outcome.retire ?? []) {
      await this.#options.approvals.supersede(id, reason);
    }
    this.#options.changed(live);
  }

  async #ask(live: LiveSession, call: HookCall, ask: NonNullable<HookOutcome['ask']>): Promise<void> {
    const { session } = live.record;
    const { wait_ms, ...question } = ask;
    try {
      await this.#options.approvals.open({
        session_id: session.id,
        session_name: session.name,
        agent: session.agent,
        work_dir: session.work_dir,
        ...question,
        hook_id: call.hook_id,
        expires_at: wait_ms === null ? null : new Date(Date.parse(call.received_at) + wait_ms).toISOString(),
      });
    } catch (error) {
      // Fails closed: nobody here can allow it. The agent's own dialog is still on its screen.
      this.#options.log.error(
        { session: session.id, reason: messageOf(error) },
        'a question could not be asked',
      );
      live.setBase({
        state: 'waiting_input',
        reason: 'asks in its terminal; Aegis could not take the question',
      });
      await this.#reply(call.hook_id, NO_DECISION);
    }
  }

  #settled(approval: Approval): void {
    const live = this.#options.find(approval.session_id);
    if (!live) return;
    if (approval.state === 'allowed')
      live.setBase({ state: 'working', reason: `allowed: ${approval.summary}` });
    if (approval.state === 'denied')
      live.setBase({ state: 'working', reason: `denied: ${approval.summary}` });
    this.#answer(live, approval).catch((error: unknown) =>
      this.#options.log.error({ approval: approval.id, reason: messageOf(error) }, 'an answer'),
    );
    this.#options.changed(live);
  }

  async #answer(live: LiveSession, approval: Approval): Promise<void> {
    const { hook_id, reply_context } = this.#options.approvals.replyOf(approval.id);
    if (hook_id === null) return;
    const body = live.adapter.encodeAnswer?.(approval, reply_context) ?? NO_DECISION;
    const delivered = await this.#reply(hook_id, body);
    if (!delivered && (approval.state === 'allowed' || approval.state === 'denied')) {
      this.#options.log.warn({ approval: approval.id }, 'the agent no longer waited for its answer');
    }
  }

  async #reply(hookId: string, body: JsonValue): Promise<boolean> {
    const caller = this.#callers.get(hookId);
    if (caller) {
      this.#callers.delete(hookId);
      caller.answer(body);
      return true;
    }
    try {
      return await this.#options.ptyHost.replyHook(hookId, 200, JSON.stringify(body));
    } catch (error) {
      // The host is away. When it is back it tells the held call again and gets the answer then.
      this.#options.log.warn({ reason: messageOf(error) }, 'an answer could not be passed on yet');
      return false;
    }
  }

  #pendingOf(live: LiveSession): PendingQuestion[] {
    return this.#options.approvals.pendingFor(live.id).map(({ id, tool }) => {
      const { native_id, reply_context } = this.#options.approvals.replyOf(id);
      return { id, tool, native_id, reply_context };
    });
  }

  #note(live: LiveSession, note: LedgerNote): void {
    const { session } = live.record;
    const event: AuditEvent = { ...note, actor: session.name, agent: session.agent, session_id: session.id };
    this.#options.ledger.append(event).catch((error: unknown) => {
      this.#options.log.error({ session: session.id, reason: messageOf(error) }, 'ledger missed an event');
    });
  }
}

/** Hook tokens are kept as hashes; a look-up by hash tells nothing about the token. */
export const hashHookToken = (token: string): string => createHash('sha256').update(token).digest('hex');
