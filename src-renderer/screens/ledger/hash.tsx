import { CopyButton } from '../../ui/index.ts';

/** A hash or key, whole, with a button to copy it. */
export function Hash({ text }: { text: string }) {
  return (
    <span className="flex items-start gap-1">
      <code className="min-w-0 text-xs wrap-anywhere">{text}</code>
      <CopyButton text={text} className="-my-0.5" />
    </span>
  );
}

/** A signed note; its lines are kept, and broken where there is no room. */
export function Note({ text }: { text: string }) {
  return (
    <div className="mt-2 flex items-start gap-1">
      <pre className="m-0 min-w-0 flex-1 rounded-md border border-line bg-sunken px-3 py-2 text-xs wrap-anywhere whitespace-pre-wrap">
        {text}
      </pre>
      <CopyButton label="Copy checkpoint" text={text} />
    </div>
  );
}
