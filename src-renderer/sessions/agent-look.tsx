/** How each agent is named and drawn. */
import { Bot, FlaskConical, type LucideIcon, SquareTerminal } from 'lucide-react';
import type { AgentKind } from '#contract';

export const AGENT_LOOK: Record<AgentKind, { icon: LucideIcon; name: string }> = {
  'claude-code': { icon: Bot, name: 'Claude Code' },
  shell: { icon: SquareTerminal, name: 'Shell' },
  demo: { icon: FlaskConical, name: 'Demo agent' },
};

export function AgentIcon({ agent, size = 16 }: { agent: AgentKind; size?: number }) {
  const { icon: Icon, name } = AGENT_LOOK[agent];
  return <Icon size={size} aria-label={name} role="img" className="shrink-0" />;
}
