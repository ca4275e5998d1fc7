/**
 * Message ports from the desktop app. The preload relays them with window.postMessage; only messages this window sent
 * to itself are believed, because frames and openers can post here as well.
 */
interface PortMessage {
  type: 'aegis:port';
  kind: 'rpc' | 'terminal';
  nonce?: string | undefined;
}

interface Waiting {
  resolve: (port: MessagePort) => void;
  reject: (error: Error) => void;
}

const PORT_TIMEOUT_MS = 10_000;

const early = new Map<string, MessagePort>();
const waiting = new Map<string, Waiting>();
let listening = false;

function listen(): void {
  if (listening) return;
  listening = true;
  window.addEventListener('message', (event) => {
    if (event.source !== window || event.origin !== window.location.origin) return;
    const message = readMessage(event.data);
    const port = event.ports[0];
    if (!message || !port) return;
    const key = keyOf(message.kind, message.nonce);
    const reader = waiting.get(key);
    if (reader) {
      waiting.delete(key);
      reader.resolve(port);
    } else {
      // The port can overtake the answer that names it.
      early.get(key)?.close();
      early.set(key, port);
    }
  });
}

/** Asks the desktop app for a connection. Rejects when no port arrives within ten seconds. */
export function requestRpcPort(): Promise<MessagePort> {
  listen();
  const port = take('rpc', undefined);
  window.postMessage({ type: 'aegis:hello' }, window.location.origin);
  return port;
}

/** The port that carries one terminal's bytes, named by the nonce of `sessions.openTerminal`. */
export function takeTerminalPort(nonce: string): Promise<MessagePort> {
  listen();
  return take('terminal', nonce);
}

function take(kind: PortMessage['kind'], nonce: string | undefined): Promise<MessagePort> {
  const key = keyOf(kind, nonce);
  const port = early.get(key);
  if (port) {
    early.delete(key);
    return Promise.resolve(port);
  }
  return new Promise((resolve, reject) => {
    waiting.get(key)?.reject(new Error('asked again'));
    const timer = setTimeout(() => {
      if (waiting.get(key) === entry) waiting.delete(key);
      reject(new Error('The desktop app did not hand over a connection.'));
    }, PORT_TIMEOUT_MS);
    const entry: Waiting = {
      resolve: (got) => {
        clearTimeout(timer);
        resolve(got);
      },
      reject: (error) => {
        clearTimeout(timer);
        reject(error);
      },
    };
    waiting.set(key, entry);
  });
}

const keyOf = (kind: string, nonce: string | undefined): string => `${kind}:${nonce ?? ''}`;

function readMessage(data: unknown): PortMessage | null {
  if (typeof data !== 'object' || data === null) return null;
  const { type, kind, nonce } = data as Record<string, unknown>;
  if (type !== 'aegis:port') return null;
  if (kind === 'rpc') return { type, kind };
  if (kind === 'terminal' && typeof nonce === 'string') return { type, kind, nonce };
  return null;
}
