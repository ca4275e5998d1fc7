import { pagePath } from './page-path.ts';

/** What the preload exposes in the desktop app. */
interface DesktopMarker {
  readonly platform: string;
}

declare global {
  interface Window {
    readonly aegisDesktop?: DesktopMarker;
  }
}

/** In the desktop app, rather than the web console. */
export const isDesktop: boolean = typeof window !== 'undefined' && typeof window.aegisDesktop === 'object';

/** Address of a WebSocket of this server: `/rpc`, or the path of a terminal channel. */
export function socketUrl(path: string, location: Location = window.location): string {
  const url = new URL(`${pagePath()}${path}`, location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return url.href;
}
