import { Ellipsis, PanelLeftClose, PanelLeftOpen, Search } from 'lucide-react';
import { railCollapsed, usePendingApprovals, useRemembered } from '../state/index.ts';
import { cx, IconButton, Kbd, Menu, Tooltip } from '../ui/index.ts';
import { runCommand, useCommands } from './commands.ts';
import { Mark } from './mark.tsx';
import { PLACES, type Place } from './places.ts';
import { useRoute } from './route.ts';

/** The way around, on the left. */
export function Rail() {
  const [collapsed, setCollapsed] = useRemembered(railCollapsed);
  return (
    <nav
      aria-label="Main"
      className={cx(
        'flex shrink-0 flex-col gap-0.5 border-r border-line bg-panel p-2 max-sm:hidden',
        collapsed ? 'w-12' : 'w-44',
      )}
    >
      <div className="mb-1 flex h-8 items-center gap-2 px-1.5">
        <Mark size={20} />
        {collapsed ? null : <span className="font-semibold">Aegis</span>}
      </div>
      <SearchButton collapsed={collapsed} />
      {PLACES.map((place) => (
        <RailItem key={place.screen} place={place} collapsed={collapsed} />
      ))}
      <div className="mt-auto">
        <IconButton
          label={collapsed ? 'Widen the navigation' : 'Collapse the navigation'}
          icon={collapsed ? PanelLeftOpen : PanelLeftClose}
          shortcut="Mod+B"
          onClick={() => setCollapsed(!collapsed)}
        />
      </div>
    </nav>
  );
}

function SearchButton({ collapsed }: { collapsed: boolean }) {
  const open = () => runCommand('palette.open');
  if (collapsed) return <IconButton label="Search commands" icon={Search} shortcut="Mod+K" onClick={open} />;
  return (
    <button
      type="button"
      onClick={open}
      className="mb-1 flex h-8 items-center gap-2 rounded-md border border-line bg-bg px-2 text-faint hover:border-line-strong"
    >
      <Search size={14} aria-hidden="true" />
      <span className="flex-1 text-left">Search</span>
      <Kbd shortcut="Mod+K" />
    </button>
  );
}

function usePlace(place: Place): { current: boolean; waiting: number; shortcut: string | undefined } {
  const current = useRoute(({ route }) => route.screen === place.screen);
  const waiting = usePendingApprovals().length;
  const shortcut = useCommands().find((command) => command.id === place.command)?.shortcut;
  return { current, waiting: place.screen === 'approvals' ? waiting : 0, shortcut };
}

function RailItem({ place, collapsed }: { place: Place; collapsed: boolean }) {
  const { current, waiting, shortcut } = usePlace(place);
  const Icon = place.icon;
  const button = (
    <button
      type="button"
      aria-current={current ? 'page' : undefined}
      onClick={() => runCommand(place.command)}
      className={cx(
        'relative flex h-8 items-center gap-2.5 rounded-md px-2 text-left',
        current ? 'bg-selected font-medium text-fg' : 'text-muted hover:bg-hover hover:text-fg',
      )}
    >
      <Icon size={16} className={cx('shrink-0', current && 'text-accent')} aria-hidden="true" />
      <span className={collapsed ? 'sr-only' : 'flex-1 truncate'}>{place.label}</span>
      {waiting > 0 ? <Count value={waiting} corner={collapsed} /> : null}
    </button>
  );
  return (
    <Tooltip content={place.label} shortcut={shortcut} side="right" disabled={!collapsed}>
      {button}
    </Tooltip>
  );
}

function Count({ value, corner }: { value: number; corner: boolean }) {
  return (
    <span
      className={cx(
        'flex h-4 min-w-4 items-center justify-center rounded-full bg-ask px-1 text-xs font-semibold text-bg',
        corner && 'absolute -top-0.5 -right-0.5',
      )}
    >
      {value > 99 ? '99+' : value}
      <span className="sr-only"> waiting</span>
    </span>
  );
}

/** The same places along the bottom, where the window is as narrow as a phone. */
export function BottomBar() {
  const rest = PLACES.filter((place) => !place.narrow);
  const inRest = useRoute(({ route }) => rest.some((place) => place.screen === route.screen));
  return (
    <nav aria-label="Main" className="flex shrink-0 border-t border-line bg-panel sm:hidden">
      {PLACES.filter((place) => place.narrow).map((place) => (
        <BottomItem key={place.screen} place={place} />
      ))}
      <Menu
        trigger={
          <button type="button" aria-label="More" className={bottomItem(inRest)}>
            <Ellipsis size={18} aria-hidden="true" />
            More
          </button>
        }
        actions={rest.map((place) => ({
          id: place.screen,
          label: place.label,
          icon: place.icon,
          run: () => runCommand(place.command),
        }))}
      />
    </nav>
  );
}

const bottomItem = (current: boolean) =>
  cx(
    'relative flex h-13 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-xs',
    current ? 'text-accent' : 'text-muted',
  );

function BottomItem({ place }: { place: Place }) {
  const { current, waiting } = usePlace(place);
  const Icon = place.icon;
  return (
    <button
      type="button"
      aria-current={current ? 'page' : undefined}
      onClick={() => runCommand(place.command)}
      className={bottomItem(current)}
    >
      <span className="relative">
        <Icon size={18} aria-hidden="true" />
        {waiting > 0 ? (
          <span className="absolute -top-1 left-3">
            <Count value={waiting} corner={false} />
          </span>
        ) : null}
      </span>
      {place.label}
    </button>
  );
}
