import {
  CircleAlert,
  CircleDashed,
  LoaderCircle,
  Lock,
  LockOpen,
  type LucideIcon,
  Route as RouteIcon,
  ShieldCheck,
  ShieldQuestionMark,
  ShieldX,
  SquareTerminal,
  TriangleAlert,
} from 'lucide-react';
import { useStore } from 'zustand';
import { connection } from '../client/index.ts';
import { useLastVerification, useVerification } from '../screens/ledger/verify.ts';
import { usePendingApprovals, useSessions, useStatus, useVault } from '../state/index.ts';
import { cx, formatCount, relativeTime, Tooltip, useNow } from '../ui/index.ts';
import { runCommand } from './commands.ts';

type Tone = 'plain' | 'ask' | 'deny' | 'allow';
const tones: Record<Tone, string> = {
  plain: 'text-muted',
  ask: 'text-ask',
  deny: 'text-deny',
  allow: 'text-allow',
};

/** Always visible: is anything wrong, is anything waiting. Every item leads to its place. */
export function StatusBar() {
  return (
    <section
      aria-label="Status"
      className="flex h-7 shrink-0 items-stretch gap-1 overflow-x-auto border-t border-line bg-panel px-1 text-sm whitespace-nowrap [scrollbar-width:none]"
    >
      <GateItem />
      <VaultItem />
      <SessionsItem />
      <ApprovalsItem />
      <LedgerItem />
      <PartsItem />
      <VersionItem />
    </section>
  );
}

interface ItemProps {
  icon: LucideIcon;
  tone?: Tone | undefined;
  label: string;
  hint: string;
  command: string;
  className?: string | undefined;
}

function Item({ icon: Icon, tone = 'plain', label, hint, command, className }: ItemProps) {
  return (
    <Tooltip content={hint}>
      <button
        type="button"
        onClick={() => runCommand(command)}
        className={cx(
          'flex items-center gap-1.5 rounded-sm px-2 hover:bg-hover focus-visible:outline-offset-[-2px]',
          tones[tone],
          className,
        )}
      >
        <Icon size={13} className="shrink-0" aria-hidden="true" />
        {label}
      </button>
    </Tooltip>
  );
}

function GateItem() {
  const gate = useStatus((state) => state.status?.gate);
  if (!gate) return null;
  const address = gate.url?.replace(/^https?:\/\//, '') ?? 'not listening';
  const ok = gate.state === 'ok';
  return (
    <Item
      icon={ok ? RouteIcon : TriangleAlert}
      tone={ok ? 'plain' : 'deny'}
      label={ok ? `Gate ${address}` : `Gate ${gate.state === 'down' ? 'down' : 'degraded'}`}
      hint={`${gate.detail}${gate.hint ? ` ${gate.hint}` : ''} · ${formatCount(gate.requests)} requests, ${formatCount(gate.refused)} refused`}
      command="gate.requests"
    />
  );
}

function VaultItem() {
  const vault = useVault();
  if (!vault) return null;
  switch (vault.state) {
    case 'open':
      return <Item icon={LockOpen} label="Vault open" hint="Click to lock the vault" command="vault.lock" />;
    case 'locked':
      return (
        <Item
          icon={Lock}
          tone="ask"
          label="Vault locked"
          hint="Click to unlock the vault"
          command="vault.unlock"
        />
      );
    case 'not_set_up':
      return (
        <Item
          icon={Lock}
          tone="ask"
          label="Vault not set up"
          hint="Click to set a passphrase"
          command="vault.passphrase"
        />
      );
  }
}

function SessionsItem() {
  const sessions = useSessions();
  const working = sessions.filter(({ state }) => state === 'working' || state === 'starting').length;
  const waiting = sessions.filter(({ state }) => state.startsWith('waiting')).length;
  const parts = [working > 0 ? `${working} working` : '', waiting > 0 ? `${waiting} waiting` : ''].filter(
    Boolean,
  );
  return (
    <Item
      icon={SquareTerminal}
      label={parts.length > 0 ? parts.join(', ') : 'No session running'}
      hint="Go to Sessions"
      command="go.sessions"
    />
  );
}

function ApprovalsItem() {
  const pending = usePendingApprovals().length;
  return (
    <Item
      icon={ShieldQuestionMark}
      tone={pending > 0 ? 'ask' : 'plain'}
      label={
        pending === 0 ? 'Nothing waits' : `${pending} ${pending === 1 ? 'request waits' : 'requests wait'}`
      }
      hint="Go to Approvals"
      command="go.approvals"
    />
  );
}

function LedgerItem() {
  const ledger = useStatus((state) => state.status?.ledger);
  const result = useLastVerification();
  const running = useVerification((state) => state.startedAt !== null);
  const now = useNow();
  if (!ledger) return null;
  if (ledger.state === 'down') {
    const hint = `${ledger.detail} ${ledger.hint ?? ''}`;
    return (
      <Item icon={CircleAlert} tone="deny" label="Ledger cannot be written" hint={hint} command="go.ledger" />
    );
  }
  if (running)
    return <Item icon={LoaderCircle} label="Verifying ledger…" hint="Go to Ledger" command="go.ledger" />;
  if (!result) {
    return (
      <Item
        icon={CircleDashed}
        label="Ledger not verified"
        hint="Click to verify it"
        command="ledger.verify"
      />
    );
  }
  if (!result.valid) {
    const label = `Ledger broken at entry ${result.first_bad?.seq ?? '?'}`;
    return (
      <Item
        icon={ShieldX}
        tone="deny"
        label={label}
        hint={result.first_bad?.problem ?? ''}
        command="go.ledger"
      />
    );
  }
  return (
    <Item
      icon={ShieldCheck}
      label={`Ledger verified ${relativeTime(result.verified_at, now)}`}
      hint={`${formatCount(result.entries)} entries. Click to verify again`}
      command="ledger.verify"
    />
  );
}

/** Only when something is wrong that has no item of its own. */
function PartsItem() {
  const host = useStatus((state) => state.status?.pty_host);
  const connected = useStore(connection.status, ({ state }) => state === 'open');
  if (!connected) {
    return (
      <Item
        icon={LoaderCircle}
        tone="ask"
        label="Reconnecting"
        hint="What is shown may be old"
        command="go.overview"
      />
    );
  }
  if (!host || host.state === 'ok') return null;
  return (
    <Item
      icon={TriangleAlert}
      tone="deny"
      label={`Terminal host ${host.state}`}
      hint={`${host.detail} ${host.hint ?? ''}`}
      command="go.overview"
    />
  );
}

function VersionItem() {
  const version = useStatus((state) => state.status?.version);
  if (!version) return null;
  return (
    <Tooltip content="About Aegis">
      <button
        type="button"
        onClick={() => runCommand('go.settings')}
        className="ml-auto flex items-center rounded-sm px-2 text-faint hover:bg-hover focus-visible:outline-offset-[-2px]"
      >
        Aegis {version}
      </button>
    </Tooltip>
  );
}
