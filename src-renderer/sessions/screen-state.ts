/** What the sessions screen remembers, and going to a session. */
import { z } from 'zod';
import { create } from 'zustand';
import type { Session } from '#contract';
import { navigate } from '../frame/route.ts';
import { remembered } from '../state/storage.ts';
import { SORTS, type Sort } from './groups.ts';
import { closeTab, openTab } from './open-tabs.ts';

export const tabIds = remembered('sessions.tabs', z.array(z.string()).max(100), []);
export const lastSession = remembered('sessions.last', z.string().nullable(), null);
export const searchText = remembered('sessions.search', z.string().max(200), '');
export const sortChoice = remembered<Sort>('sessions.sort', z.enum(SORTS), 'recent');
export const sidePanelShown = remembered('sessions.side-panel', z.boolean(), true);
export const sendBoxShown = remembered('sessions.send-box', z.boolean(), false);

/** On touch screens a focused terminal brings up the keyboard: there the text box below is the way to type. */
export const isTouch = (): boolean =>
  typeof window !== 'undefined' && window.matchMedia('(pointer: coarse)').matches;

/** The session whose terminal takes the focus when it appears, because the person has just chosen it. */
export const useFocusWanted = create<{ id: string | null }>(() => ({ id: null }));

/** Opens a session. Its terminal takes the focus unless told otherwise: the person has just chosen it. */
export function goToSession(id: string, { takeFocus = true }: { takeFocus?: boolean } = {}): void {
  useFocusWanted.setState({ id: takeFocus && !isTouch() ? id : null });
  tabIds.write(openTab(tabIds.read(), id));
  lastSession.write(id);
  navigate({ screen: 'sessions', id });
}

export function leaveTab(id: string, active: string | null): void {
  const next = closeTab(tabIds.read(), id, active);
  tabIds.write(next.tabs);
  lastSession.write(next.active);
  navigate({ screen: 'sessions', id: next.active }, { replace: true });
}

/** The session somebody asked to end, while the question is open. */
export const useKillQuestion = create<{ session: Session | null }>(() => ({ session: null }));
