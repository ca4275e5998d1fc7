/** The open sessions as tabs above the terminal. */
import { X } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import type { Session } from '#contract';
import { SESSION_LOOK } from '../ui/badge.tsx';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { ContextMenu } from '../ui/menu.tsx';
import { visibleString } from '../ui/visible.ts';
import { stepTab } from './open-tabs.ts';
import { goToSession, leaveTab } from './screen-state.ts';
import { sessionActions } from './session-actions.ts';

const inks = {
  neutral: 'text-faint',
  accent: 'text-accent',
  allow: 'text-allow',
  ask: 'text-ask',
  deny: 'text-deny',
  info: 'text-info',
};

export function SessionTabs({ sessions, activeId }: { sessions: readonly Session[]; activeId: string }) {
  const list = useRef<HTMLElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : null;
    if (step === null) return;
    const next = stepTab(
      sessions.map((session) => session.id),
      activeId,
      step,
    );
    if (next === null) return;
    event.preventDefault();
    // The tab keeps the focus, so that the arrows go on working.
    goToSession(next, { takeFocus: false });
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    // A row of links rather than tabs: each has a close button beside it, which a tablist may not hold.
    <nav
      ref={list}
      aria-label="Open sessions"
      onKeyDown={onKeyDown}
      className="flex h-9 shrink-0 items-stretch overflow-x-auto border-b border-line bg-panel"
    >
      {sessions.map((session) => (
        <Tab key={session.id} session={session} shown={session.id === activeId} activeId={activeId} />
      ))}
    </nav>
  );
}

function Tab({ session, shown, activeId }: { session: Session; shown: boolean; activeId: string }) {
  const { icon: Icon, tone, word } = SESSION_LOOK[session.state];
  return (
    <ContextMenu actions={sessionActions(session)}>
      <div
        role="presentation"
        className={cx(
          'flex max-w-55 min-w-28 shrink-0 items-center border-r border-line pr-1',
          shown ? 'bg-bg shadow-[inset_0_2px_0_var(--accent)]' : 'text-muted hover:bg-hover',
        )}
        // The middle button closes, as in browsers.
        onAuxClick={(event) => {
          if (event.button === 1) leaveTab(session.id, activeId);
        }}
      >
        <button
          type="button"
          aria-current={shown ? 'page' : undefined}
          tabIndex={shown ? 0 : -1}
          data-tab={session.id}
          title={`${visibleString(session.name)}: ${word}`}
          onClick={() => goToSession(session.id)}
          className="flex h-full min-w-0 flex-1 items-center gap-1.5 pl-3 focus-visible:outline-offset-[-2px]"
        >
          <Icon size={13} className={cx('shrink-0', inks[tone])} aria-label={word} role="img" />
          <span className="truncate">{visibleString(session.name)}</span>
        </button>
        <IconButton
          size="sm"
          icon={X}
          label={`Close tab ${visibleString(session.name)}`}
          tabIndex={shown ? 0 : -1}
          onClick={() => leaveTab(session.id, activeId)}
        />
      </div>
    </ContextMenu>
  );
}
