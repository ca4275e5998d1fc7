import {
  Bot,
  Gauge,
  KeyRound,
  type LucideIcon,
  ScrollText,
  Settings,
  ShieldQuestionMark,
  SquareTerminal,
} from 'lucide-react';
import type { ScreenName } from './route.ts';

export interface Place {
  screen: Exclude<ScreenName, 'sign-in'>;
  label: string;
  icon: LucideIcon;
  command: string;
  /** Has a place of its own in the bar at the bottom of narrow windows; the rest is under "More". */
  narrow: boolean;
}

/** Where one can go, in the order of the rail. */
export const PLACES: readonly Place[] = [
  { screen: 'overview', label: 'Overview', icon: Gauge, command: 'go.overview', narrow: true },
  { screen: 'sessions', label: 'Sessions', icon: SquareTerminal, command: 'go.sessions', narrow: true },
  {
    screen: 'approvals',
    label: 'Approvals',
    icon: ShieldQuestionMark,
    command: 'go.approvals',
    narrow: true,
  },
  { screen: 'ledger', label: 'Ledger', icon: ScrollText, command: 'go.ledger', narrow: true },
  { screen: 'vault', label: 'Vault', icon: KeyRound, command: 'go.vault', narrow: false },
  { screen: 'agents', label: 'Agents', icon: Bot, command: 'go.agents', narrow: false },
  { screen: 'settings', label: 'Settings', icon: Settings, command: 'go.settings', narrow: false },
];
