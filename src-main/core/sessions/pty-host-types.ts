import type {
  CreateSpec,
  Foreground,
  HookCall,
  HostedSession,
  ScreenText,
  SessionExit,
  SessionMeta,
} from '../../pty-host/protocol.ts';
import type { Log } from '../base/log.ts';

export type { CreateSpec, Foreground, HookCall, HostedSession, ScreenText, SessionExit, SessionMeta };

export interface PtyHostOptions {
  /** `<state>/run`: socket, secret and logs of the host, for the owner only. */
  runDir: string;
  /** Code of the host, from `entryPath('pty-host')`. */
  entry: string;
  /** Node binary that runs `entry`. Default: this process, which must then be Node and not Electron. */
  nodePath?: string;
  /** In the packaged app: the whole command in place of `nodePath entry`; the run folder is passed in the environment. */
  command?: { file: string; args: readonly string[] };
  log: Log;
  /** Times a dead host is started anew before giving up. Default 5. */
  maxRestarts?: number;
}

/** Where a viewer's frames go (terminal-frames.ts): a door's WebSocket or port. */
export interface ViewerSink {
  send(frame: Uint8Array): void;
  /** The session is gone or the host is: close the channel. */
  closed?(reason: string): void;
}

export interface AttachedViewer {
  /** A frame the viewer sent. Malformed ones detach it. */
  receive(frame: Uint8Array): void;
  dispose(): void;
}

/** How the link to the host ended. `lost`: ids of sessions that died with the host. */
export interface HostDown {
  reason: 'connection' | 'replaced' | 'gave_up';
}
export interface HostUp {
  /** False: a new host process; sessions of the old one are gone. */
  same_host: boolean;
  sessions: readonly HostedSession[];
  lost: readonly string[];
}
