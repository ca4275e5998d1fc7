/** Which credentials the session may use, and a plain word when its model will refuse it. */
import { KeyRound, TriangleAlert } from 'lucide-react';
import type { AgentProgram, Credential } from '#contract';
import { openDialog, useVault } from '../state/index.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox } from '../ui/field.tsx';
import { visibleString } from '../ui/visible.ts';
import { credentialWarning, isExpired } from './session-form.ts';

export function CredentialChoice({
  program,
  credentials,
  chosen,
  onChange,
}: {
  program: AgentProgram | undefined;
  credentials: readonly Credential[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const vault = useVault();
  const now = Date.now();
  const warning = credentialWarning(program, credentials, chosen);
  const missing =
    program?.service && !credentials.some((credential) => credential.service === program.service);
  const toggle = (name: string, on: boolean) =>
    onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-2 border-0 p-0">
      <legend className="mb-1 p-0 font-medium">Keys it may use</legend>
      {credentials.length === 0 ? (
        <p className="text-muted">The vault holds no keys.</p>
      ) : (
        <div className="flex flex-col gap-1.5">
          {credentials.map((credential) => {
            const expired = isExpired(credential, now);
            return (
              <Checkbox
                key={credential.id}
                checked={chosen.includes(credential.name)}
                onChange={(on) => toggle(credential.name, on)}
                disabled={expired}
                label={visibleString(credential.name)}
                hint={
                  expired
                    ? 'Expired'
                    : `For ${credential.service}, towards ${credential.domains.join(', ')} only`
                }
              />
            );
          })}
        </div>
      )}
      {warning ? (
        <Notice>
          <span className="min-w-0 flex-1 basis-60">{warning}</span>
          {missing && program?.service ? (
            <Button
              size="sm"
              icon={KeyRound}
              onClick={() => openDialog({ kind: 'add-credential', preset: program.service ?? '' })}
            >
              Store a key for {program.service}
            </Button>
          ) : null}
        </Notice>
      ) : null}
      {vault && vault.state !== 'open' && chosen.length > 0 ? (
        <Notice>
          The vault is locked. The session starts, but its requests are refused until you unlock it.
        </Notice>
      ) : null}
    </fieldset>
  );
}

function Notice({ children }: { children: React.ReactNode }) {
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-2 rounded-md border border-ask bg-ask-soft px-3 py-2"
    >
      <TriangleAlert size={15} className="shrink-0 text-ask" aria-hidden="true" />
      {children}
    </div>
  );
}
