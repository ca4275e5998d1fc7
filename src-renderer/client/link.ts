import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { isDesktop, socketUrl } from './platform.ts';
import { requestRpcPort } from './ports.ts';

export type AnyLink = ClientLink<ClientContext>;

/** One connection to the control plane, over whichever transport this host has. */
export interface Transport {
  link: AnyLink;
  /** Resolves once, when the other side is gone. */
  closed: Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;

export function openTransport(): Promise<Transport> {
  return isDesktop ? openPort() : openSocket();
}

async function openPort(): Promise<Transport> {
  const port = await requestRpcPort();
  const closed = new Promise<void>((resolve) => {
    // Chromium fires `close` when the other end is gone.
    port.addEventListener('close', () => resolve());
  });
  const link = new PortLink({ port });
  port.start();
  return { link, closed, close: () => port.close() };
}

function openSocket(): Promise<Transport> {
  const socket = new WebSocket(socketUrl('/rpc'));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error('The server did not answer in time.'));
    }, CONNECT_TIMEOUT_MS);
    const closed = new Promise<void>((gone) => {
      socket.addEventListener('close', () => {
        clearTimeout(timer);
        gone();
        reject(new Error('The server closed the connection.'));
      });
    });
    socket.addEventListener('open', () => {
      clearTimeout(timer);
      resolve({ link: new SocketLink({ websocket: socket }), closed, close: () => socket.close() });
    });
  });
}
