/** Opens the channel that carries one terminal's bytes: a MessagePort in the desktop app, a WebSocket elsewhere. */
import type { SessionId } from '#contract';
import { client, socketUrl, takeTerminalPort } from '../client/index.ts';

export interface ChannelEvents {
  frame(bytes: Uint8Array): void;
  /** The channel is gone; called once, not after `close`. */
  closed(): void;
}

export interface TerminalChannel {
  send(frame: Uint8Array): void;
  close(): void;
}

/** @throws what the control plane answers: NOT_FOUND, PERMISSION_MISSING, PTY_HOST_UNAVAILABLE */
export async function openChannel(id: SessionId, events: ChannelEvents): Promise<TerminalChannel> {
  const granted = await client.sessions.openTerminal({ id });
  return granted.kind === 'port'
    ? overPort(await takeTerminalPort(granted.nonce), events)
    : overSocket(granted.path, events);
}

function toBytes(data: unknown): Uint8Array | null {
  if (data instanceof Uint8Array) return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : null;
}

function overPort(port: MessagePort, events: ChannelEvents): TerminalChannel {
  let open = true;
  const end = () => {
    if (!open) return;
    open = false;
    port.close();
    events.closed();
  };
  port.onmessage = (event: MessageEvent<unknown>) => {
    const bytes = toBytes(event.data);
    if (bytes && open) events.frame(bytes);
  };
  port.addEventListener('close', end);
  port.start();
  return {
    send: (frame) => {
      if (open) port.postMessage(frame);
    },
    close: () => {
      open = false;
      port.close();
    },
  };
}

function overSocket(path: string, events: ChannelEvents): Promise<TerminalChannel> {
  const socket = new WebSocket(socketUrl(path));
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let open = false;
    let wanted = true;
    socket.onopen = () => {
      open = true;
      resolve({
        send: (frame) => {
          // The copy gives the bytes a plain ArrayBuffer, which the type of send asks for.
          if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(frame));
        },
        close: () => {
          wanted = false;
          socket.close();
        },
      });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      const bytes = toBytes(event.data);
      if (bytes && wanted) events.frame(bytes);
    };
    socket.onclose = () => {
      if (!open) reject(new Error('The terminal connection was refused.'));
      else if (wanted) events.closed();
    };
  });
}
