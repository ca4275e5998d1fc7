import { randomUUID } from 'node:crypto';
import { RPCHandler } from '@orpc/server/message-port';
import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import type { SessionId, TerminalChannel } from '#contract';
import { newId } from '../../core/base/ids.ts';
import { DESKTOP_OWNER } from '../../core/base/principal.ts';
import type { ControlPlane } from '../../core/control-plane.ts';
import { createRouter, type DesktopShell, type RouterContext } from '../../core/router/index.ts';

interface PagePorts {
  rpc: MessagePortMain;
  readonly terminals: Set<() => void>;
}

/** Hands the contract and terminal bytes to our page, over one message port each. */
export class PagePortsDoor {
  readonly #plane: ControlPlane;
  readonly #shell: DesktopShell;
  readonly #rpc: RPCHandler<RouterContext>;
  readonly #pages = new Map<number, PagePorts>();

  constructor(plane: ControlPlane, shell: DesktopShell) {
    this.#plane = plane;
    this.#shell = shell;
    this.#rpc = new RPCHandler(createRouter(plane.services));
  }

  dispose(): void {
    for (const id of [...this.#pages.keys()]) this.#disconnect(id);
  }

  /** A page says hello once after each load; what its predecessor held is closed. */
  connect(contents: WebContents): void {
    const { id } = contents;
    const known = this.#pages.has(id);
    this.#disconnect(id);
    const { port1, port2 } = new MessageChannelMain();
    this.#pages.set(id, { rpc: port1, terminals: new Set() });
    if (!known) contents.once('destroyed', () => this.#disconnect(id));
    this.#rpc.upgrade(port1, { context: this.#context(contents) });
    port1.start();
    contents.postMessage('aegis:port', { kind: 'rpc' }, [port2]);
  }

  #disconnect(id: number): void {
    const page = this.#pages.get(id);
    if (!page) return;
    this.#pages.delete(id);
    for (const close of page.terminals) close();
    page.rpc.close();
  }

  #context(contents: WebContents): RouterContext {
    return {
      principal: DESKTOP_OWNER,
      via: 'app',
      request_id: newId('req'),
      openTerminal: (session) => this.#openTerminal(contents, session),
      desktop: this.#shell,
    };
  }

  #openTerminal(contents: WebContents, session: SessionId): TerminalChannel {
    const page = this.#pages.get(contents.id);
    const { port1, port2 } = new MessageChannelMain();
    const nonce = randomUUID();
    const viewer = this.#plane.services.sessions.attach(session, {
      send: (frame) => port1.postMessage(frame),
      closed: () => close(),
    });
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      page?.terminals.delete(close);
      viewer.dispose();
      port1.close();
    };
    page?.terminals.add(close);
    port1.on('message', (event) => {
      if (event.data instanceof Uint8Array) viewer.receive(event.data);
    });
    port1.on('close', close);
    port1.start();
    contents.postMessage('aegis:port', { kind: 'terminal', nonce }, [port2]);
    return { kind: 'port', nonce };
  }
}
