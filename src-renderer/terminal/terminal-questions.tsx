/** What a terminal may not do without its person: the clipboard, lines that run at once, links. */
import { ClipboardCopy, ClipboardPaste, ExternalLink } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import { CodeText } from '../ui/code-text.tsx';
import { copyText } from '../ui/copy-button.tsx';
import { notify } from '../ui/toast.tsx';
import type { LiveTerminal } from './live-terminal.ts';
import { TerminalBar } from './terminal-bar.tsx';
import type { TerminalStatus } from './terminal-status.ts';

const PREVIEW = 200;

/** Enough of the text to know it by; says how much is left out. */
function Preview({ text }: { text: string }) {
  const left = text.length - PREVIEW;
  return (
    <>
      <CodeText inline text={text.slice(0, PREVIEW)} />
      {left > 0 ? ` and ${left} more characters` : null}
    </>
  );
}

export function TerminalQuestions({
  terminal,
  status,
  onOpenLink,
}: {
  terminal: LiveTerminal;
  status: TerminalStatus;
  onOpenLink: (url: string) => Promise<void>;
}) {
  const { clipboardRequest, pasteRequest, linkRequest } = status;
  const dismiss = () => terminal.dismissRequests();
  if (clipboardRequest !== null) {
    const copy = async () => {
      if (await copyText(clipboardRequest)) notify.done('Copied');
      dismiss();
    };
    return (
      <Question
        icon={ClipboardCopy}
        action="Copy it"
        refuse="Refuse"
        onAct={() => void copy()}
        onRefuse={dismiss}
      >
        The program wants to put this on your clipboard: <Preview text={clipboardRequest} />
      </Question>
    );
  }
  if (pasteRequest !== null) {
    const lines = pasteRequest.trimEnd().split(/\r\n|\r|\n/).length;
    return (
      <Question
        icon={ClipboardPaste}
        action={`Paste ${lines} lines`}
        refuse="Cancel"
        onAct={() => {
          terminal.paste(pasteRequest, true);
          terminal.focus();
        }}
        onRefuse={dismiss}
      >
        The program would run these lines at once: <Preview text={pasteRequest} />
      </Question>
    );
  }
  if (linkRequest !== null) {
    const open = async () => {
      dismiss();
      await onOpenLink(linkRequest);
    };
    return (
      <Question
        icon={ExternalLink}
        action="Open link"
        refuse="Cancel"
        onAct={() => void open()}
        onRefuse={dismiss}
      >
        Open this address in the browser? <CodeText inline text={linkRequest} />
      </Question>
    );
  }
  return null;
}

function Question({
  icon,
  action,
  refuse,
  onAct,
  onRefuse,
  children,
}: {
  icon: typeof ClipboardCopy;
  action: string;
  refuse: string;
  onAct: () => void;
  onRefuse: () => void;
  children: React.ReactNode;
}) {
  return (
    <div className="absolute inset-x-0 bottom-0 z-10 border-t border-line-strong">
      <TerminalBar
        role="alert"
        tone="info"
        icon={icon}
        actions={
          <>
            <Button size="sm" onClick={onRefuse}>
              {refuse}
            </Button>
            <Button size="sm" variant="primary" onClick={onAct}>
              {action}
            </Button>
          </>
        }
      >
        {children}
      </TerminalBar>
    </div>
  );
}
