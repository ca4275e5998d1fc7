import {
  Ban,
  Check,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleSlash,
  CircleX,
  Clock,
  Info,
  LoaderCircle,
  type LucideIcon,
  Octagon,
  ShieldAlert,
  ShieldCheck,
  ShieldQuestionMark,
  TriangleAlert,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApprovalState, AuditOutcome, RiskLevel, SessionState } from '#contract';
import { cx } from './cx.ts';

export type Tone = 'neutral' | 'accent' | 'allow' | 'ask' | 'deny' | 'info';

const soft: Record<Tone, string> = {
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  allow: 'bg-allow-soft text-allow',
  ask: 'bg-ask-soft text-ask',
  deny: 'bg-deny-soft text-deny',
  info: 'bg-info-soft text-info',
};
const plain: Record<Tone, string> = {
  neutral: 'text-muted',
  accent: 'text-accent',
  allow: 'text-allow',
  ask: 'text-ask',
  deny: 'text-deny',
  info: 'text-info',
};

export interface BadgeProps {
  tone?: Tone | undefined;
  icon?: LucideIcon | undefined;
  /** Without the filled background, for dense tables. */
  quiet?: boolean | undefined;
  className?: string | undefined;
  title?: string | undefined;
  children: ReactNode;
}

/** A word in a colour, with an icon beside it: never colour alone. */
export function Badge({ tone = 'neutral', icon: Icon, quiet, className, title, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex max-w-full items-center gap-1 rounded-sm align-middle text-sm font-medium whitespace-nowrap',
        quiet ? plain[tone] : cx(soft[tone], 'px-1.5 py-0.5'),
        className,
      )}
    >
      {Icon ? <Icon size={13} className="shrink-0" aria-hidden="true" /> : null}
      <span className="truncate">{children}</span>
    </span>
  );
}

/** How each state looks and reads, in one place for every screen. */
export interface StateLook {
  tone: Tone;
  icon: LucideIcon;
  word: string;
}

export const SESSION_LOOK: Record<SessionState, StateLook> = {
  starting: { tone: 'info', icon: LoaderCircle, word: 'Starting' },
  working: { tone: 'accent', icon: CircleDashed, word: 'Working' },
  waiting_permission: { tone: 'ask', icon: ShieldQuestionMark, word: 'Waiting for permission' },
  waiting_input: { tone: 'info', icon: CirclePause, word: 'Waiting for input' },
  done: { tone: 'allow', icon: CircleCheck, word: 'Done' },
  failed: { tone: 'deny', icon: CircleX, word: 'Failed' },
  killed: { tone: 'neutral', icon: CircleSlash, word: 'Ended' },
};

export const APPROVAL_LOOK: Record<ApprovalState, StateLook> = {
  pending: { tone: 'ask', icon: ShieldQuestionMark, word: 'Waiting' },
  allowed: { tone: 'allow', icon: ShieldCheck, word: 'Allowed' },
  denied: { tone: 'deny', icon: Ban, word: 'Denied' },
  superseded: { tone: 'neutral', icon: CircleSlash, word: 'Answered elsewhere' },
  expired: { tone: 'neutral', icon: Clock, word: 'Expired' },
};

export const OUTCOME_LOOK: Record<AuditOutcome, StateLook> = {
  allowed: { tone: 'allow', icon: Check, word: 'Allowed' },
  denied: { tone: 'deny', icon: Ban, word: 'Denied' },
  asked: { tone: 'ask', icon: CircleHelp, word: 'Asked' },
  error: { tone: 'deny', icon: CircleAlert, word: 'Error' },
  info: { tone: 'info', icon: Info, word: 'Info' },
};

export const RISK_LOOK: Record<RiskLevel, StateLook> = {
  low: { tone: 'allow', icon: ShieldCheck, word: 'Low risk' },
  medium: { tone: 'ask', icon: TriangleAlert, word: 'Medium risk' },
  high: { tone: 'deny', icon: ShieldAlert, word: 'High risk' },
};

const UNKNOWN: StateLook = { tone: 'neutral', icon: Octagon, word: 'Unknown' };

export type StateBadgeProps = { quiet?: boolean | undefined; title?: string | undefined } & (
  | { kind: 'session'; state: SessionState }
  | { kind: 'approval'; state: ApprovalState }
  | { kind: 'outcome'; state: AuditOutcome }
  | { kind: 'risk'; state: RiskLevel }
);

export function StateBadge(props: StateBadgeProps) {
  const look = lookOf(props) ?? UNKNOWN;
  return (
    <Badge tone={look.tone} icon={look.icon} quiet={props.quiet} title={props.title}>
      {look.word}
    </Badge>
  );
}

function lookOf(props: StateBadgeProps): StateLook | undefined {
  switch (props.kind) {
    case 'session':
      return SESSION_LOOK[props.state];
    case 'approval':
      return APPROVAL_LOOK[props.state];
    case 'outcome':
      return OUTCOME_LOOK[props.state];
    case 'risk':
      return RISK_LOOK[props.state];
  }
}
