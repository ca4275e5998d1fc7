import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { notify } from './toast.tsx';

/** Puts text on the clipboard; says so when the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http on a name other than localhost has no clipboard API; the old way still works there.
    const box = document.createElement('textarea');
    box.value = text;
    box.style.position = 'fixed';
    box.style.opacity = '0';
    document.body.append(box);
    box.select();
    const copied = document.execCommand('copy');
    box.remove();
    if (!copied) notify.info('Copying was refused. Select the text and copy it by hand.');
    return copied;
  }
}

export interface CopyButtonProps {
  text: string | (() => string);
  /** "Copy token", "Copy hash". */
  label?: string | undefined;
  /** With the words beside the icon. */
  labelled?: boolean | undefined;
  className?: string | undefined;
}

export function CopyButton({ text, label = 'Copy', labelled = false, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => setCopied(await copyText(typeof text === 'function' ? text() : text));
  const icon = copied ? Check : Copy;
  return labelled ? (
    <Button icon={icon} className={className} onClick={() => void copy()}>
      {copied ? 'Copied' : label}
    </Button>
  ) : (
    <IconButton
      size="sm"
      label={copied ? 'Copied' : label}
      icon={icon}
      className={className}
      onClick={() => void copy()}
    />
  );
}
