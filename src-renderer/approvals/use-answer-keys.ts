/** The keys of a request on the screen: a, s, d, m answer it, j and k go to its neighbours. */
import { useState } from 'react';
import type { Approval } from '#contract';
import { type Answer, type Answering, useAnswering } from './answers.ts';
import { actOfKey } from './key-guard.ts';
import { type Guard, useGuard } from './use-guard.ts';

export interface AnswerKeys {
  guard: Guard;
  answering: Answering;
  writing: boolean;
  setWriting: (writing: boolean) => void;
  answer: (answer: Answer) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Tab', 'Escape']);

/**
 * @param approval what is on the screen; null: nothing to answer
 * @param onStep goes to the next or previous request
 * @param onAnswered called after an answer of ours counted
 */
export function useAnswerKeys(
  approval: Approval | null,
  onStep: ((step: 1 | -1) => void) | null,
  onAnswered?: (approval: Approval) => void,
): AnswerKeys {
  const guard = useGuard(approval ? `${approval.id}@${approval.version}` : '');
  const answering = useAnswering();
  const [writingFor, setWritingFor] = useState<string | null>(null);
  const writing = approval !== null && writingFor === approval.id;
  const setWriting = (on: boolean) => setWritingFor(on && approval ? approval.id : null);

  const answer = (given: Answer) => {
    if (approval?.state !== 'pending') return;
    void answering.send(approval, given).then((counted) => {
      if (counted) onAnswered?.(approval);
    });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return;
    const { target } = event;
    const inTextField =
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      (target instanceof HTMLElement && target.isContentEditable);
    const { key, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing } = event;
    const act = actOfKey({ key, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing, inTextField });
    if (act === 'next' || act === 'previous') {
      if (!onStep) return;
      onStep(act === 'next' ? 1 : -1);
      event.preventDefault();
      return;
    }
    if (inTextField || MODIFIERS.has(key)) return;
    // Every other key feeds the guard: somebody who is typing starts its wait again.
    const counts = guard.key();
    if (!act || approval?.state !== 'pending') return;
    event.preventDefault();
    if (!counts || answering.busy) return;
    if (act === 'deny-message') setWriting(true);
    else if (act === 'deny') answer({ decision: 'deny', message: '' });
    else if (act === 'allow') answer({ decision: 'allow', scope: 'once' });
    else if (approval.allow_scopes.includes('session')) answer({ decision: 'allow', scope: 'session' });
  };
  return { guard, answering, writing, setWriting, answer, onKeyDown };
}
