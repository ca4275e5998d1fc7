/** Which agent to run: what each is, whether it is installed, how to install it, and what it cannot do here. */
import { CircleCheck, CircleX, Info } from 'lucide-react';
import type { AgentKind, AgentProgram } from '#contract';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { cx } from '../ui/cx.ts';
import { visibleString } from '../ui/visible.ts';
import { AgentIcon } from './agent-look.tsx';

export function AgentChoice({
  programs,
  value,
  onChange,
}: {
  programs: readonly AgentProgram[];
  value: AgentKind;
  onChange: (agent: AgentKind) => void;
}) {
  const chosen = programs.find((program) => program.agent === value);
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-2 border-0 p-0">
      <legend className="mb-1 p-0 font-medium">Agent</legend>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-3">
        {programs.map((program) => (
          <label
            key={program.agent}
            className={cx(
              'relative flex flex-col gap-1 rounded-md border p-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent',
              program.agent === value ? 'border-accent bg-accent-soft' : 'border-line-strong hover:bg-hover',
            )}
          >
            <input
              type="radio"
              name="agent"
              className="absolute size-px opacity-0"
              checked={program.agent === value}
              onChange={() => onChange(program.agent)}
            />
            <span className="flex items-center gap-2 font-medium">
              <AgentIcon agent={program.agent} />
              {program.label}
            </span>
            <span className="text-sm text-muted">{program.description}</span>
            <span className="mt-auto">
              <Installed program={program} />
            </span>
          </label>
        ))}
      </div>
      {chosen ? <AgentNotes program={chosen} /> : null}
    </fieldset>
  );
}

function Installed({ program }: { program: AgentProgram }) {
  if (!program.installed)
    return (
      <Badge quiet tone="deny" icon={CircleX}>
        Not installed
      </Badge>
    );
  return (
    <Badge quiet tone="allow" icon={CircleCheck} title={program.path ?? undefined}>
      {program.version === null ? 'Ready' : `Version ${visibleString(program.version)}`}
    </Badge>
  );
}

function AgentNotes({ program }: { program: AgentProgram }) {
  if (program.installed && program.limits.length === 0) return null;
  return (
    <div className="flex flex-col gap-1.5">
      {program.installed || program.install_hint === null ? null : (
        <div className="flex items-center gap-2 rounded-md border border-line-strong bg-sunken py-1 pr-1 pl-3">
          <span className="min-w-0 flex-1">
            To install it: <code className="wrap-anywhere">{program.install_hint}</code>
          </span>
          <CopyButton text={program.install_hint} label="Copy" />
        </div>
      )}
      {program.limits.map((limit) => (
        <p key={limit} className="flex items-start gap-1.5 text-sm text-muted">
          <Info size={13} className="mt-0.5 shrink-0" aria-hidden="true" />
          <span className="wrap-anywhere">{visibleString(limit)}</span>
        </p>
      ))}
    </div>
  );
}
