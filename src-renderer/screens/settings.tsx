import { KeyRound, Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import type { KeySlotKind } from '#contract';
import { isDesktop } from '../client/index.ts';
import { runCommand } from '../frame/commands.ts';
import { Mark } from '../frame/mark.tsx';
import {
  chooseTheme,
  openDialog,
  type ThemeChoice,
  themeChoice,
  useRemembered,
  useStatus,
  useVault,
} from '../state/index.ts';
import { Badge, Button, CopyButton, cx, Fact, Facts, RelativeTime, Screen } from '../ui/index.ts';

export function SettingsScreen() {
  return (
    <Screen title="Settings">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="flex max-w-170 flex-col gap-8 p-4">
          <Appearance />
          <VaultKeys />
          <Where />
          <About />
        </div>
      </div>
    </Screen>
  );
}

function Group({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col items-start gap-3">
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        {text ? <p className="text-muted">{text}</p> : null}
      </div>
      {children}
    </section>
  );
}

const THEMES: { id: ThemeChoice; label: string; icon: typeof Sun }[] = [
  { id: 'system', label: 'Follow the system', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
];

function Appearance() {
  const [choice] = useRemembered(themeChoice);
  return (
    <Group title="Appearance">
      <div role="radiogroup" aria-label="Theme" className="flex flex-wrap gap-2">
        {THEMES.map(({ id, label, icon: Icon }) => (
          <label
            key={id}
            className={cx(
              'flex h-8 items-center gap-2 rounded-md border px-3 has-focus-visible:outline-2 has-focus-visible:outline-accent',
              choice === id ? 'border-accent bg-selected' : 'border-line-strong hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name="theme"
              className="sr-only"
              checked={choice === id}
              onChange={() => chooseTheme(id)}
            />
            <Icon size={15} aria-hidden="true" />
            {label}
          </label>
        ))}
      </div>
    </Group>
  );
}

const SLOTS: Record<KeySlotKind, { label: string; text: string }> = {
  keychain: { label: 'System keychain', text: 'The key lies in the keychain of your operating system.' },
  passphrase: { label: 'Passphrase', text: 'A passphrase you know opens the vault.' },
  environment: { label: 'Environment', text: 'AEGIS_MASTER_KEY of the process opens the vault.' },
};

function VaultKeys() {
  const vault = useVault();
  if (!vault) return null;
  const hasPassphrase = vault.slots.includes('passphrase');
  return (
    <Group
      title="What opens the vault"
      text="Any one of these opens it. Its credentials stay encrypted without."
    >
      {vault.slots.length === 0 ? <p className="text-muted">Nothing yet.</p> : null}
      <ul className="m-0 flex list-none flex-col gap-2 p-0">
        {vault.slots.map((slot) => (
          <li key={slot} className="flex items-start gap-2">
            <KeyRound size={15} className="mt-0.5 shrink-0 text-accent" aria-hidden="true" />
            <span>
              <span className="font-medium">{SLOTS[slot].label}.</span>{' '}
              <span className="text-muted">{SLOTS[slot].text}</span>
            </span>
          </li>
        ))}
      </ul>
      {vault.reason ? (
        <p className="text-muted">
          {vault.reason} {vault.hint}
        </p>
      ) : null}
      <div className="flex gap-2">
        {vault.state === 'open' ? <Button onClick={() => runCommand('vault.lock')}>Lock vault</Button> : null}
        {vault.state === 'locked' ? (
          <Button onClick={() => runCommand('vault.unlock')}>Unlock vault</Button>
        ) : null}
        {vault.state === 'locked' ? null : (
          <Button onClick={() => openDialog({ kind: 'vault-passphrase' })}>
            {hasPassphrase ? 'Change the passphrase' : 'Set a passphrase'}
          </Button>
        )}
      </div>
    </Group>
  );
}

function Where() {
  const status = useStatus((state) => state.status);
  if (!status) return null;
  const place = (value: string, label: string) => (
    <span className="flex items-center gap-1">
      <code className="min-w-0 text-sm wrap-anywhere">{value}</code>
      <CopyButton text={value} label={label} />
    </span>
  );
  return (
    <Group
      title="Where things are"
      text="Everything stays on this machine, in files only your account can read."
    >
      <Facts className="w-full">
        <Fact name="State">{place(status.state_dir, 'Copy folder')}</Fact>
        <Fact name="Gate">
          {status.gate.url ? place(status.gate.url, 'Copy Gate address') : 'not listening'}
        </Fact>
        <Fact name="Control API">
          {status.api.url ? place(status.api.url, 'Copy API address') : 'not served'}
        </Fact>
      </Facts>
    </Group>
  );
}

function About() {
  const status = useStatus((state) => state.status);
  return (
    <Group title="About">
      <div className="flex items-center gap-3">
        <Mark size={36} />
        <div>
          <p className="font-medium">Aegis Control Center {status?.version}</p>
          <p className="text-muted">
            {isDesktop ? 'Desktop app' : 'Web console'}
            {status ? (
              <>
                {' '}
                · started <RelativeTime at={status.started_at} />
              </>
            ) : null}{' '}
            · Apache-2.0
          </p>
        </div>
      </div>
      <div className="flex gap-2">
        <Button onClick={() => runCommand('help.open')}>Keyboard shortcuts</Button>
        {isDesktop ? null : <Button onClick={() => runCommand('sign-out')}>Sign out</Button>}
      </div>
      {status && status.pty_host.state !== 'ok' ? <Badge tone="deny">{status.pty_host.detail}</Badge> : null}
    </Group>
  );
}
