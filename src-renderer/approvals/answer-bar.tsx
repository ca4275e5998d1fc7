/** The buttons that answer a request, what "for this session" would remember, and the reason given with a denial. */
import { Ban, Check, CheckCheck, MessageSquareX, Undo2 } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Approval } from '#contract';
import { Button } from '../ui/button.tsx';
import { CodeText } from '../ui/code-text.tsx';
import { cx } from '../ui/cx.ts';
import { Field, Textarea } from '../ui/field.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { ErrorState } from '../ui/states.tsx';
import { type Answer, type Answering, denialDraft } from './answers.ts';
import type { Guard } from './use-guard.ts';

export interface AnswerBarProps {
  approval: Approval;
  guard: Guard;
  answering: Answering;
  onAnswer: (answer: Answer) => void;
  /** The denial is being written. */
  writing: boolean;
  onWriting: (writing: boolean) => void;
  denyRef?: RefObject<HTMLButtonElement | null> | undefined;
}

export function AnswerBar(props: AnswerBarProps) {
  const { approval, guard, answering, onAnswer, onWriting } = props;
  const session = approval.allow_scopes.includes('session');
  /** A click counts only when the guard says so. */
  const act = (run: () => void) => (event: React.MouseEvent) => {
    if (guard.click(event.detail)) run();
  };
  const common = {
    busy: answering.busy,
    'aria-disabled': guard.armed ? undefined : true,
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only watches where the pointer went down
    <div
      className="flex flex-col gap-2"
      onPointerDown={() => guard.pointerDown()}
      // A key held down since before must not press the button again and again.
      onKeyDown={(event) => {
        if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
      }}
    >
      {answering.failure ? <ErrorState compact failure={answering.failure} /> : null}
      {session && !props.writing ? <SessionRule approval={approval} /> : null}
      {props.writing ? (
        <DenialForm key={approval.id} {...props} />
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <Button
            {...common}
            ref={props.denyRef}
            variant="deny"
            icon={Ban}
            onClick={act(() => onAnswer({ decision: 'deny', message: '' }))}
          >
            Deny <Key name="D" />
          </Button>
          <Button {...common} icon={MessageSquareX} onClick={act(() => onWriting(true))}>
            Deny with message… <Key name="M" />
          </Button>
          <span className="ml-auto flex flex-wrap gap-2">
            {session ? (
              <Button
                {...common}
                variant="allow"
                icon={CheckCheck}
                onClick={act(() => onAnswer({ decision: 'allow', scope: 'session' }))}
              >
                Allow for this session <Key name="S" />
              </Button>
            ) : null}
            <Button
              {...common}
              variant="allow"
              icon={Check}
              onClick={act(() => onAnswer({ decision: 'allow', scope: 'once' }))}
            >
              Allow once <Key name="A" />
            </Button>
          </span>
        </div>
      )}
    </div>
  );
}

/** Touch screens have no keys to show. */
function Key({ name }: { name: string }) {
  return (
    <span className="inline-flex pointer-coarse:hidden">
      <Kbd shortcut={name} />
    </span>
  );
}

/** The rule in the agent's own syntax, before it is made. */
function SessionRule({ approval }: { approval: Approval }) {
  if (approval.suggestions.length === 0) return null;
  return (
    <p className={cx('text-sm text-muted')}>
      “Allow for this session” also allows, until this session ends:{' '}
      {approval.suggestions.map((suggestion, index) => (
        <span key={suggestion.id}>
          {index > 0 ? ', ' : null}
          <CodeText inline text={suggestion.rule} className="rounded-sm bg-hover px-1 text-fg" />
          {suggestion.label === '' || suggestion.label.includes(suggestion.rule)
            ? null
            : ` (${suggestion.label})`}
        </span>
      ))}
    </p>
  );
}

function DenialForm({ approval, answering, guard, onAnswer, onWriting }: AnswerBarProps) {
  const [message, setMessage] = useState(() => denialDraft.read(approval.id));
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const change = (text: string) => {
    setMessage(text);
    denialDraft.write(approval.id, text);
  };
  const send = () => onAnswer({ decision: 'deny', message });
  return (
    <div className="flex flex-col gap-2">
      <Field label="Why not" hint="The agent reads this. Ctrl+Enter sends it, Escape goes back.">
        <Textarea
          ref={box}
          value={message}
          maxLength={10_000}
          rows={2}
          placeholder="Use the staging database instead."
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              onWriting(false);
              event.preventDefault();
              event.stopPropagation();
            } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.repeat) {
              event.preventDefault();
              send();
            }
          }}
        />
      </Field>
      <div className="flex flex-wrap justify-end gap-2">
        <Button icon={Undo2} onClick={() => onWriting(false)}>
          Back
        </Button>
        <Button
          variant="deny"
          icon={Ban}
          busy={answering.busy}
          onClick={(event) => {
            if (guard.click(event.detail)) send();
          }}
        >
          Deny with this message
        </Button>
      </div>
    </div>
  );
}
