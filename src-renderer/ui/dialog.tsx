import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, type RefObject, type SyntheticEvent, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { cx } from './cx.ts';
import { Field, Input } from './field.tsx';

const widths = { sm: 'max-w-105', md: 'max-w-140', lg: 'max-w-190' };

const FOCUSABLE = 'input:not([disabled]), textarea:not([disabled]), button:not([disabled]), a[href]';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  description?: ReactNode;
  /** Row of buttons at the bottom, right-aligned. */
  footer?: ReactNode;
  size?: keyof typeof widths | undefined;
  /** Element that gets the focus first; by default the first control of the body, or the dialog itself. */
  initialFocus?: RefObject<HTMLElement | null> | undefined;
  /** Clicking beside the dialog closes it. Off where something typed would be lost. */
  closeOnOutsideClick?: boolean | undefined;
  /** Asked before closing by Escape, the cross or a click outside; answer false to stay. */
  canClose?: (() => boolean) | undefined;
  /** With it, the dialog is a form and Enter submits. */
  onSubmit?: (() => void) | undefined;
  className?: string | undefined;
  children?: ReactNode;
}

/** A modal dialog. Focus is kept inside and goes back to where it was when the dialog closes. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  footer,
  size = 'md',
  initialFocus,
  closeOnOutsideClick = false,
  canClose,
  onSubmit,
  className,
  children,
}: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const inner = (
    <>
      <div ref={body} className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
        {children}
      </div>
      {footer ? (
        <footer className="flex shrink-0 flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
          {footer}
        </footer>
      ) : null}
    </>
  );
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    event.stopPropagation();
    onSubmit?.();
  };
  return (
    <Base.Root
      open={open}
      disablePointerDismissal={!closeOnOutsideClick}
      onOpenChange={(next) => {
        if (!next && (canClose?.() ?? true)) onClose();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Base.Popup
          ref={popup}
          initialFocus={
            initialFocus ?? (() => body.current?.querySelector<HTMLElement>(FOCUSABLE) ?? popup.current)
          }
          className={cx(
            'fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-lg border border-line-strong bg-raised outline-none',
            widths[size],
            className,
          )}
        >
          <header className="flex shrink-0 items-start gap-2 border-b border-line py-3 pr-2 pl-4">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {description ? (
                <Base.Description className="mt-0.5 text-muted">{description}</Base.Description>
              ) : null}
            </div>
            {/* Without a tooltip: Escape would close that first, and the dialog only on the second press. */}
            <Base.Close
              aria-label="Close"
              className="flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg"
            >
              <X size={14} aria-hidden="true" />
            </Base.Close>
          </header>
          {onSubmit ? (
            <form className="flex min-h-0 flex-1 flex-col" onSubmit={submit} noValidate>
              {inner}
            </form>
          ) : (
            inner
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface ConfirmDialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What is destroyed, in words. */
  children: ReactNode;
  /** Says what happens: "Delete credential". */
  action: string;
  onConfirm: () => Promise<void> | void;
  /** The name that has to be typed, where the step cannot be undone. */
  typed?: string | undefined;
}

/** Asks before something is destroyed. Cancel has the focus; the action needs a deliberate key. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  children,
  action,
  onConfirm,
  typed,
}: ConfirmDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const close = () => {
    setText('');
    onClose();
  };
  const ready = typed === undefined || text === typed;
  const confirm = async () => {
    if (!ready || busy) return;
    setBusy(true);
    try {
      await onConfirm();
      close();
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      size="sm"
      {...(typed === undefined ? { initialFocus: cancel } : { onSubmit: () => void confirm() })}
      footer={
        <>
          <Button ref={cancel} onClick={close}>
            Cancel
          </Button>
          <Button variant="danger" disabled={!ready} busy={busy} onClick={() => void confirm()}>
            {action}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div className="text-muted">{children}</div>
        {typed === undefined ? null : (
          <Field label={`Type ${typed} to confirm`}>
            <Input mono value={text} onChange={(event) => setText(event.target.value)} />
          </Field>
        )}
      </div>
    </Dialog>
  );
}
