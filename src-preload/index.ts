/**
 * The page's only bridge: it asks for message ports, main decides and sends them. No function of Electron or Node
 * reaches the page.
 */
import { contextBridge, ipcRenderer } from 'electron';

contextBridge.exposeInMainWorld('aegisDesktop', { platform: process.platform });

// Ports cannot cross contextBridge; a window message to our own origin can carry them.
ipcRenderer.on('aegis:port', (event, message: { kind: 'rpc' | 'terminal'; nonce?: string }) => {
  window.postMessage(
    { type: 'aegis:port', kind: message.kind, nonce: message.nonce },
    window.location.origin,
    [...event.ports],
  );
});

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (event.source !== window || event.origin !== window.location.origin) return;
  const { data } = event;
  if (typeof data === 'object' && data !== null && 'type' in data && data.type === 'aegis:hello') {
    ipcRenderer.send('aegis:hello');
  }
});
