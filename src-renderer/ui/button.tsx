import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { cx } from './cx.ts';
import { Tooltip } from './tooltip.tsx';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger' | 'allow' | 'deny';
export type ButtonSize = 'sm' | 'md' | 'lg';

const variants: Record<ButtonVariant, string> = {
  primary: 'bg-accent-solid text-on-accent border-transparent hover:brightness-110',
  secondary: 'bg-raised text-fg border-line-strong hover:bg-hover',
  quiet: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-fg',
  danger: 'bg-danger-solid text-on-danger border-transparent hover:brightness-110',
  allow: 'bg-allow-soft text-allow border-allow hover:brightness-105',
  deny: 'bg-deny-soft text-deny border-deny hover:brightness-105',
};

const sizes: Record<ButtonSize, string> = {
  sm: 'h-6 px-2 text-sm gap-1',
  md: 'h-8 px-3 gap-1.5',
  lg: 'h-9 px-4 gap-2',
};

const base =
  'inline-flex shrink-0 items-center justify-center whitespace-nowrap rounded-md border font-medium select-none ' +
  'disabled:opacity-55 aria-disabled:opacity-55 active:brightness-95 [&_svg]:shrink-0';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  icon?: LucideIcon | undefined;
  /** Work is under way: the button stays in place and cannot be pressed again. */
  busy?: boolean | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
  children: ReactNode;
}

/** A button says what happens: "Delete credential", not "OK". */
export function Button({
  variant = 'secondary',
  size = 'md',
  icon: Icon,
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      // Buttons that take turns in one place must not be one element: a click on "Keep editing" that turns it into the
      // submit button would submit.
      key={rest.type ?? 'button'}
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(base, variants[variant], sizes[size], className)}
    >
      {Icon ? <Icon size={size === 'sm' ? 13 : 15} aria-hidden="true" /> : null}
      {children}
    </button>
  );
}

export interface IconButtonProps
  extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'aria-label' | 'children'> {
  /** Name for screen readers and the tooltip. */
  label: string;
  icon: LucideIcon;
  /** Shown beside the label in the tooltip, in the notation of `ui/shortcut.ts`. */
  shortcut?: string | undefined;
  size?: 'sm' | 'md' | undefined;
  pressed?: boolean | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
}

/** An icon alone, always with a name and a tooltip. */
export function IconButton({
  label,
  icon: Icon,
  shortcut,
  size = 'md',
  pressed,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip content={label} shortcut={shortcut}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        {...rest}
        className={cx(
          'inline-flex shrink-0 items-center justify-center rounded-md border border-transparent text-muted hover:bg-hover hover:text-fg disabled:opacity-55',
          pressed && 'bg-hover text-fg',
          size === 'sm' ? 'size-6' : 'size-8',
          className,
        )}
      >
        <Icon size={size === 'sm' ? 14 : 16} aria-hidden="true" />
      </button>
    </Tooltip>
  );
}
