import { type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { connection, type Failure, signIn, toFailure } from '../client/index.ts';
import { Mark } from '../frame/mark.tsx';
import { navigate, useRoute } from '../frame/route.ts';
import { Button, ErrorState, Field, Input } from '../ui/index.ts';

/** The web console's door: a one-time link, or a token. */
export function SignInPage() {
  const code = useRoute(({ route }) => (route.screen === 'sign-in' ? route.code : null));
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const open = useStore(connection.status, ({ state }) => state === 'open');
  const field = useRef<HTMLInputElement>(null);
  const used = useRef<string | null>(null);

  const enter = async (by: { token: string } | { code: string }) => {
    setBusy(true);
    setFailure(null);
    try {
      await signIn(by);
      navigate({ screen: 'overview' }, { replace: true });
    } catch (error) {
      setFailure(toFailure(error));
      // A used code is of no more use in the address bar.
      navigate({ screen: 'sign-in', code: null }, { replace: true });
    } finally {
      setBusy(false);
      // The token lives in the field only while it is typed.
      if (field.current) field.current.value = '';
      connection.start();
    }
  };
  useEffect(() => {
    if (code === null || used.current === code) return;
    used.current = code;
    void enter({ code });
  });
  useEffect(() => {
    if (failure) field.current?.focus();
  }, [failure]);
  // Somebody who is signed in already has no business here.
  useEffect(() => {
    if (code === null) connection.start();
  }, [code]);
  useEffect(() => {
    if (open && !busy) navigate({ screen: 'overview' }, { replace: true });
  }, [open, busy]);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (token !== '') void enter({ token });
    else field.current?.focus();
  };
  return (
    <main className="flex h-full flex-col items-center justify-center overflow-y-auto p-6">
      <div className="flex w-full max-w-90 flex-col gap-4">
        <div className="flex items-center gap-3">
          <Mark size={36} />
          <div>
            <h1 className="text-xl font-semibold">Aegis</h1>
            <p className="text-muted">Sign in to the console</p>
          </div>
        </div>
        {failure ? <ErrorState failure={failure} compact /> : null}
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field
            label="Token"
            hint={
              <>
                The value of <code>AEGIS_AUTH_TOKEN</code>. Or open the one-time link Aegis printed when it
                started: it signs in without a token.
              </>
            }
          >
            <Input ref={field} type="password" mono autoFocus disabled={busy} />
          </Field>
          <Button type="submit" variant="primary" busy={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </Button>
        </form>
      </div>
    </main>
  );
}
