import { create } from 'zustand';
import { AuditFilter } from '#contract';

/** Every place one can be, as a typed union; the address bar holds it after the `#`. */
export type Route =
  | { screen: 'overview' }
  | { screen: 'sessions'; id: string | null }
  | { screen: 'approvals'; id: string | null }
  | { screen: 'ledger'; id: string | null; filter: AuditFilter }
  | { screen: 'vault'; id: string | null }
  | { screen: 'agents'; id: string | null }
  | { screen: 'settings' }
  | { screen: 'sign-in'; code: string | null };

export type ScreenName = Route['screen'];

const DETAIL_SCREENS = ['sessions', 'approvals', 'vault', 'agents'] as const;
type DetailScreen = (typeof DETAIL_SCREENS)[number];
const hasDetail = (name: string): name is DetailScreen =>
  (DETAIL_SCREENS as readonly string[]).includes(name);

const OVERVIEW: Route = { screen: 'overview' };

/** Reads `#/ledger?service=github`. Whatever is not a place leads to the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [name = '', rawId] = path.split('/');
  const id = decode(rawId);
  const params = new URLSearchParams(query);
  if (hasDetail(name)) return { screen: name, id };
  switch (name) {
    case 'ledger':
      return { screen: 'ledger', id, filter: readFilter(params) };
    case 'settings':
      return { screen: 'settings' };
    case 'sign-in':
      return { screen: 'sign-in', code: params.get('code') };
    default:
      return OVERVIEW;
  }
}

export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'overview':
      return '#/';
    case 'settings':
      return '#/settings';
    case 'sign-in':
      return route.code === null ? '#/sign-in' : `#/sign-in?${new URLSearchParams({ code: route.code })}`;
    case 'ledger': {
      const query = new URLSearchParams(
        Object.entries(route.filter).filter((pair): pair is [string, string] => Boolean(pair[1])),
      ).toString();
      return `#/ledger${idPart(route.id)}${query === '' ? '' : `?${query}`}`;
    }
    default:
      return `#/${route.screen}${idPart(route.id)}`;
  }
}

const idPart = (id: string | null): string => (id === null ? '' : `/${encodeURIComponent(id)}`);

function decode(part: string | undefined): string | null {
  if (part === undefined || part === '') return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** Fields that are not valid are left out, so that an old link still opens. */
function readFilter(params: URLSearchParams): AuditFilter {
  const filter: Record<string, string> = {};
  for (const key of Object.keys(AuditFilter.shape)) {
    const value = params.get(key);
    if (value && AuditFilter.safeParse({ [key]: value }).success) filter[key] = value;
  }
  return filter as AuditFilter;
}

const start = (): Route => (typeof window === 'undefined' ? OVERVIEW : parseRoute(window.location.hash));

export const useRoute = create<{ route: Route }>(() => ({ route: start() }));

/** Goes to a place. `replace` keeps the back button where it was: for filters and selections. */
export function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const hash = formatRoute(route);
  if (hash !== window.location.hash) {
    if (options.replace) window.history.replaceState(null, '', hash);
    else window.history.pushState(null, '', hash);
  }
  useRoute.setState({ route });
}

/** Follows the back and forward buttons and links typed by hand. */
export function startRouting(): void {
  const read = () => useRoute.setState({ route: parseRoute(window.location.hash) });
  window.addEventListener('popstate', read);
  window.addEventListener('hashchange', read);
}
