import { isEnded, type Session, type Status, type Vault, type VerifyResult } from '#contract';

/** Something that is wrong, in words, with the command that helps. */
export interface Problem {
  id: string;
  title: string;
  detail: string;
  action: { label: string; command: string } | null;
}

/** A failed session is news for a day, in milliseconds. */
const NEWS_MS = 24 * 60 * 60 * 1000;

export interface ProblemFacts {
  status: Status | null;
  vault: Vault | undefined;
  verification: VerifyResult | null;
  sessions: readonly Session[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** Everything that needs attention, the worst first. */
export function problemsOf({ status, vault, verification, sessions, now }: ProblemFacts): Problem[] {
  const problems: Problem[] = [];
  if (verification && !verification.valid) {
    problems.push({
      id: 'ledger-broken',
      title: `The ledger is broken at entry ${verification.first_bad?.seq ?? '?'}`,
      detail: verification.first_bad?.problem ?? 'An entry was changed, moved or removed.',
      action: { label: 'Open the ledger', command: 'go.ledger' },
    });
  }
  const part = (id: string, name: string, facts: { state: string; detail: string; hint: string | null }) => {
    if (facts.state === 'ok') return;
    problems.push({
      id,
      title: facts.state === 'down' ? `${name} is down` : `${name} has a problem`,
      detail: [facts.detail, facts.hint].filter(Boolean).join(' '),
      action: null,
    });
  };
  if (status) {
    part('ledger', 'The ledger', status.ledger);
    part('gate', 'The Gate', status.gate);
    part('pty-host', 'The terminal host', status.pty_host);
  }
  if (vault && vault.state !== 'open') problems.push(vaultProblem(vault));
  for (const session of sessions) {
    if (!isEnded(session.state) || session.state !== 'failed') continue;
    if (now - Date.parse(session.ended_at ?? session.created_at) > NEWS_MS) continue;
    problems.push({
      id: session.id,
      title: `Session ${session.name} failed`,
      detail: session.state_reason,
      action: { label: 'Open the session', command: 'sessions.open' },
    });
  }
  return problems;
}

function vaultProblem(vault: Vault): Problem {
  const detail = [vault.reason, vault.hint].filter(Boolean).join(' ');
  return vault.state === 'locked'
    ? {
        id: 'vault',
        title: 'The vault is locked',
        detail: detail || 'Agents cannot use any credential until it is unlocked.',
        action: { label: 'Unlock vault', command: 'vault.unlock' },
      }
    : {
        id: 'vault',
        title: 'The vault has no key yet',
        detail: detail || 'Give it a passphrase to store credentials.',
        action: { label: 'Set a passphrase', command: 'vault.passphrase' },
      };
}
