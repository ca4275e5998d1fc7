import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasProgram } from './run.mjs';
import { note } from './say.mjs';

/**
 * Unlocks a throw-away keyring (empty password, in its own folder), waits until it answers on the bus, then runs the
 * command. The person's own keyring is never touched: bus, keyring file and control socket are all private.
 */
const UNLOCK = `
XDG_DATA_HOME="$AEGIS_KEYRING/data" XDG_RUNTIME_DIR="$AEGIS_KEYRING/run" \\
  gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>"$AEGIS_KEYRING/log" <<END &

END
daemon=$!
tries=0
while [ $tries -lt 40 ]; do
  tries=$((tries + 1))
  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q 'boolean true' && break
  sleep 0.25
done
unset AEGIS_KEYRING
"$@"
code=$?
kill "$daemon" 2>/dev/null
exit $code
`;

export function hasKeychainTools() {
  return ['dbus-run-session', 'gnome-keyring-daemon', 'dbus-send'].every(hasProgram);
}

/**
 * Wraps a command so that it runs on Linux in a D-Bus session of its own with an unlocked Secret Service. Elsewhere the
 * system's own keychain answers and the command stays as it is. Call `cleanUp` afterwards.
 * `owner` is `{uid, gid}` where the command runs as somebody else.
 */
export function withKeychain([command, ...args], { chown } = {}) {
  if (process.platform !== 'linux') return { command, args, env: {}, cleanUp() {} };
  if (!hasKeychainTools()) {
    note('No gnome-keyring here: tests that need a Secret Service will say so.');
    return { command, args, env: {}, cleanUp() {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'aegis-keyring-'));
  for (const name of ['data', 'run']) mkdirSync(join(folder, name), { mode: 0o700 });
  chown?.(folder);
  return {
    command: 'dbus-run-session',
    args: ['--', 'sh', '-c', UNLOCK, 'sh', command, ...args],
    env: { AEGIS_KEYRING: folder },
    cleanUp() {
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Wraps a command so that it has a virtual screen on Linux; elsewhere it stays as it is. */
export function withScreen([command, ...args]) {
  if (process.platform !== 'linux') return [command, ...args];
  return ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24 -nolisten tcp', command, ...args];
}
