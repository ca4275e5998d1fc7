import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { entryPath } from '../../core/base/entries.ts';
import { silentLog } from '../../core/base/log.ts';
import { loadConfig } from '../../core/config/index.ts';
import { ControlPlane } from '../../core/control-plane.ts';
import { PtyHostClient } from '../../core/sessions/index.ts';
import { HttpDoor, type HttpDoorOptions } from '../http/server.ts';

export interface TestPlane {
  readonly plane: ControlPlane;
  readonly http: HttpDoor;
  readonly url: string;
  readonly token: string;
  readonly stateDir: string;
  close(): Promise<void>;
}

/** A real control plane with its HTTP door, on free ports and a fresh state folder. */
export async function openTestPlane(options: Pick<HttpDoorOptions, 'requestMs'> = {}): Promise<TestPlane> {
  const stateDir = mkdtempSync(join(tmpdir(), 'aegis-door-'));
  const token = randomBytes(24).toString('hex');
  const loaded = loadConfig({
    env: {
      AEGIS_STATE_DIR: stateDir,
      AEGIS_MASTER_KEY: randomBytes(32).toString('hex'),
      AEGIS_AUTH_TOKEN: token,
      AEGIS_PORT: '0',
      AEGIS_GATE_PORT: '0',
      AEGIS_LOG_LEVEL: 'silent',
    },
  });
  const ptyHost = { file: process.execPath, args: [entryPath('pty-host')] };
  const plane = await ControlPlane.open({
    ...loaded,
    version: '0.0.0',
    resourcesDir: resolve('resources'),
    ptyHost,
  });
  const http = await HttpDoor.open({ plane, consoleDir: null, ...options });
  plane.announce(http.url);
  return {
    plane,
    http,
    url: http.url,
    token,
    stateDir,
    async close() {
      await http.dispose();
      await plane.dispose();
      const runDir = join(stateDir, 'run');
      await PtyHostClient.shutdownAny({
        runDir,
        entry: entryPath('pty-host'),
        command: ptyHost,
        log: silentLog(),
      });
      rmSync(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
