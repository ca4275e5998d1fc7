import { Toaster as Sonner, toast } from 'sonner';
import { toFailure } from '../client/failure.ts';

/** Short notes about what was done. Never for approvals: those must not go away by themselves. */
export const notify = {
  done: (text: string) => {
    toast.success(text);
  },
  info: (text: string) => {
    toast(text);
  },
  /** Something failed: what happened, why, what to do next. Stays until it is read. */
  failure: (error: unknown) => {
    const failure = toFailure(error);
    toast.error(failure.title, {
      id: `failure-${failure.code}`,
      description: [failure.detail, failure.hint].filter(Boolean).join(' '),
      duration: 10_000,
      closeButton: true,
    });
  },
  /** Done, and can be taken back for a few seconds. */
  undoable: (text: string, undo: () => void) => {
    toast(text, { duration: 8_000, action: { label: 'Undo', onClick: undo } });
  },
};

export function Toaster({ theme }: { theme: 'light' | 'dark' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      offset={{ bottom: 40, right: 16 }}
      mobileOffset={{ bottom: 72 }}
      gap={8}
      toastOptions={{
        style: {
          background: 'var(--raised)',
          color: 'var(--fg)',
          border: '1px solid var(--line-strong)',
          borderRadius: 6,
          boxShadow: 'none',
          fontFamily: 'var(--font-sans)',
          fontSize: 13,
        },
        classNames: { description: 'text-muted!' },
      }}
    />
  );
}
