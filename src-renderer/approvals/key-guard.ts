/**
 * Keeps keys and clicks that were meant for something else from answering a question ("dialog-jacking").
 * A pure reducer with the clock passed in: the dialog feeds it what happens and asks whether an act counts.
 */

/** How long keys and clicks are ignored after the content appears or changes, in milliseconds. */
export const GUARD_MS = 500;

export interface GuardState {
  /** What is on the screen: approval id and version. */
  content: string;
  /** Acts count from this time on (milliseconds of the caller's clock). */
  armedAt: number;
  /** True when the pointer went down after arming; a click counts only then. */
  pointerReady: boolean;
}

export type GuardEvent =
  /** The dialog shows this content now. */
  | { type: 'shown'; content: string; now: number }
  /** It has reached the screen: a busy computer may draw it long after it was made. */
  | { type: 'painted'; now: number }
  /** The window got the focus back: what is typed now may have been meant for another window. */
  | { type: 'focused'; now: number }
  | { type: 'pointer-down'; now: number }
  /** A key went down. An early one starts the wait again: somebody is in the middle of typing. */
  | { type: 'key'; now: number };

export const closedGuard: GuardState = {
  content: '',
  armedAt: Number.POSITIVE_INFINITY,
  pointerReady: false,
};

export function guard(state: GuardState, event: GuardEvent): GuardState {
  switch (event.type) {
    case 'shown':
      if (event.content === state.content) return state;
      return { content: event.content, armedAt: event.now + GUARD_MS, pointerReady: false };
    case 'painted':
    case 'focused':
      return { ...state, armedAt: Math.max(state.armedAt, event.now + GUARD_MS), pointerReady: false };
    case 'pointer-down':
      return { ...state, pointerReady: event.now >= state.armedAt };
    case 'key':
      return event.now >= state.armedAt ? state : { ...state, armedAt: event.now + GUARD_MS };
  }
}

export const isArmed = (state: GuardState, now: number): boolean => now >= state.armedAt;

/** Whether a click counts. A click made by the keyboard (Enter on a button) needs no pointer. */
export const clickCounts = (state: GuardState, now: number, byPointer: boolean): boolean =>
  isArmed(state, now) && (!byPointer || state.pointerReady);

export type DialogAct = 'allow' | 'allow-session' | 'deny' | 'deny-message' | 'next' | 'previous';

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  repeat: boolean;
  isComposing: boolean;
  /** True when a text field has the focus: then letters are text. */
  inTextField: boolean;
}

const ACTS: Record<string, DialogAct> = {
  a: 'allow',
  s: 'allow-session',
  d: 'deny',
  m: 'deny-message',
  j: 'next',
  k: 'previous',
};

/** What a key means in the dialog. Held keys, chords and text under composition mean nothing. */
export function actOfKey(press: KeyPress): DialogAct | null {
  if (press.repeat || press.isComposing || press.inTextField) return null;
  if (press.ctrlKey || press.metaKey || press.altKey || press.shiftKey) return null;
  return ACTS[press.key] ?? null;
}
