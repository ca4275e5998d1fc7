const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const yearFormat = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/**
 * "just now", "20 s ago", "5 min ago", "3 h ago", "2 d ago", then the date; "in 5 min" for the future.
 * @param now milliseconds since the epoch
 */
export function relativeTime(iso: string, now: number): string {
  const then = Date.parse(iso);
  if (Number.isNaN(then)) return iso;
  const ahead = then > now;
  const distance = Math.abs(now - then);
  if (distance < 10_000) return ahead ? 'in a moment' : 'just now';
  const amount = span(distance);
  if (amount !== null) return ahead ? `in ${amount}` : `${amount} ago`;
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayFormat : yearFormat).format(then);
}

function span(ms: number): string | null {
  if (ms < MINUTE) return `${Math.floor(ms / 10_000) * 10} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  if (ms < 7 * DAY) return `${Math.floor(ms / DAY)} d`;
  return null;
}

/** Local date and time to the millisecond, with the offset: "2026-11-21 21:58:54.123 +01:00". */
export function exactTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const offset = -time.getTimezoneOffset();
  const two = (n: number) => String(Math.abs(n)).padStart(2, '0');
  const local = new Date(time.getTime() + offset * MINUTE).toISOString().replace('T', ' ').replace('Z', '');
  return `${local} ${offset < 0 ? '-' : '+'}${two(Math.trunc(offset / 60))}:${two(offset % 60)}`;
}

/** "840 ms", "2.4 s", "3 min 20 s". */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1).replace(/\.0$/, '') : Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / 1000)} s`;
  return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
}

/** "312 B", "4.2 kB", "1.3 MB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

const count = new Intl.NumberFormat('en');
/** 1,234,567 */
export const formatCount = (n: number): string => count.format(n);
