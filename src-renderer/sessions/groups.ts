/** How sessions are grouped, ordered and filtered in the list, and the words for what each waits for. */
import { isEnded, type Session } from '#contract';

export type GroupId = 'needs_me' | 'working' | 'idle' | 'ended';

export const GROUP_TITLES: Record<GroupId, string> = {
  needs_me: 'Needs you',
  working: 'Working',
  idle: 'Idle',
  ended: 'Ended',
};

export const SORTS = ['recent', 'name', 'agent', 'folder'] as const;
export type Sort = (typeof SORTS)[number];
export const SORT_TITLES: Record<Sort, string> = {
  recent: 'Latest change',
  name: 'Name',
  agent: 'Agent',
  folder: 'Folder',
};

/** A session with an unanswered question needs its person, whatever else it does. */
export function groupOf(session: Session): GroupId {
  if (isEnded(session.state)) return 'ended';
  if (session.state === 'waiting_permission' || session.pending_approvals > 0) return 'needs_me';
  return session.state === 'waiting_input' ? 'idle' : 'working';
}

export interface Group {
  id: GroupId;
  title: string;
  sessions: Session[];
}

export function matchesSearch(session: Session, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [
    session.name,
    session.agent,
    session.work_dir,
    session.state,
    session.last_line,
    session.command.join(' '),
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

const compare: Record<Sort, (a: Session, b: Session) => number> = {
  recent: (a, b) => b.state_since.localeCompare(a.state_since),
  name: (a, b) => a.name.localeCompare(b.name),
  agent: (a, b) => a.agent.localeCompare(b.agent) || a.name.localeCompare(b.name),
  folder: (a, b) => a.work_dir.localeCompare(b.work_dir) || a.name.localeCompare(b.name),
};

/** Filled groups in fixed order. Those that wait for somebody come first, the longest waiting on top. */
export function groupSessions(sessions: Iterable<Session>, sort: Sort, search: string): Group[] {
  const groups: Record<GroupId, Session[]> = { needs_me: [], working: [], idle: [], ended: [] };
  for (const session of sessions) if (matchesSearch(session, search)) groups[groupOf(session)].push(session);
  const order = (a: Session, b: Session) => compare[sort](a, b) || b.id.localeCompare(a.id);
  for (const list of Object.values(groups)) list.sort(order);
  if (sort === 'recent') groups.needs_me.reverse();
  return (Object.keys(groups) as GroupId[])
    .map((id) => ({ id, title: GROUP_TITLES[id], sessions: groups[id] }))
    .filter((group) => group.sessions.length > 0);
}

/** Whether a person has to do something for it to go on. */
export const needsYou = (session: Session): boolean => groupOf(session) === 'needs_me';

/** What it does or waits for, in one line: the evidence for its state, as the control plane tells it. */
export function statusLine(session: Session): string {
  const reason = session.state_reason.trim();
  if (reason === '') return SESSION_WORDS[session.state];
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

const SESSION_WORDS: Record<Session['state'], string> = {
  starting: 'Starting',
  working: 'Working',
  waiting_permission: 'Waits for your permission',
  waiting_input: 'Waits for your next message',
  done: 'Done',
  failed: 'Failed',
  killed: 'Ended',
};

/** The last two parts of a path, for narrow places; the whole path stays in the tooltip. */
export function shortPath(path: string): string {
  const parts = path.split(/[/\\]/).filter(Boolean);
  return parts.length <= 2 ? path : `…/${parts.slice(-2).join('/')}`;
}

/** What ending this session ends, in words, for the question before it. */
export function killSentence(session: Session): string {
  const what =
    session.command[0] === undefined ? 'the agent' : `${session.command[0]} and everything it started`;
  const pending =
    session.pending_approvals > 0
      ? ` ${session.pending_approvals === 1 ? 'Its unanswered request expires' : `Its ${session.pending_approvals} unanswered requests expire`}.`
      : '';
  return `This ends ${what} in ${session.work_dir}, at once. Unsaved work in it is lost, and its token stops working.${pending}`;
}
