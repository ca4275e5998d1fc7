/** What one can do with a session, for its menu and toolbar. */
import { Braces, CircleStop, Copy, OctagonX, SquareTerminal, Trash2 } from 'lucide-react';
import { isEnded, type Session } from '#contract';
import { client } from '../client/index.ts';
import { sessionStore } from '../state/index.ts';
import { copyText } from '../ui/copy-button.tsx';
import type { MenuAction } from '../ui/menu.tsx';
import { notify } from '../ui/toast.tsx';
import { closeTab } from './open-tabs.ts';
import { goToSession, lastSession, tabIds, useKillQuestion } from './screen-state.ts';

export async function interrupt(session: Session): Promise<void> {
  try {
    await client.sessions.interrupt({ id: session.id });
  } catch (error) {
    notify.failure(error);
  }
}

export const askKill = (session: Session): void => useKillQuestion.setState({ session });

export async function kill(session: Session): Promise<void> {
  try {
    sessionStore.put(await client.sessions.kill({ id: session.id }));
  } catch (error) {
    notify.failure(error);
  }
}

export async function remove(session: Session): Promise<void> {
  try {
    await client.sessions.remove({ id: session.id });
    sessionStore.remove(session.id);
    const next = closeTab(tabIds.read(), session.id, lastSession.read());
    tabIds.write(next.tabs);
    lastSession.write(next.active);
    notify.done(`${session.name} is off the list. The ledger keeps its entries.`);
  } catch (error) {
    notify.failure(error);
  }
}

async function copy(text: string, done: string): Promise<void> {
  if (await copyText(text)) notify.done(done);
}

export function sessionActions(session: Session): MenuAction[] {
  const ended = isEnded(session.state);
  return [
    { id: 'open', label: 'Open', icon: SquareTerminal, run: () => goToSession(session.id) },
    {
      id: 'interrupt',
      label: 'Interrupt',
      icon: CircleStop,
      disabled: ended,
      run: () => void interrupt(session),
    },
    {
      id: 'copy-id',
      label: 'Copy id',
      icon: Copy,
      separated: true,
      run: () => void copy(session.id, 'Id copied'),
    },
    {
      id: 'copy-json',
      label: 'Copy as JSON',
      icon: Braces,
      run: () => void copy(JSON.stringify(session, null, 2), 'Copied as JSON'),
    },
    {
      id: 'kill',
      label: 'End session…',
      icon: OctagonX,
      danger: true,
      separated: true,
      disabled: ended,
      run: () => askKill(session),
    },
    {
      id: 'remove',
      label: 'Remove from list',
      icon: Trash2,
      danger: true,
      disabled: !ended,
      run: () => void remove(session),
    },
  ];
}
