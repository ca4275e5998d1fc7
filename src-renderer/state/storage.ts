import { useCallback, useSyncExternalStore } from 'react';
import type { z } from 'zod';

/**
 * Interface state that survives a restart (sizes, filters, drafts), in localStorage. Every value is checked with its
 * schema when read, so that a value written by an older version falls back instead of breaking a screen.
 * Never for secrets.
 */
export interface Remembered<T> {
  readonly key: string;
  read(): T;
  write(value: T): void;
  forget(): void;
  subscribe(listener: () => void): () => void;
}

const PREFIX = 'aegis.';

export function remembered<T>(name: string, schema: z.ZodType<T>, fallback: T): Remembered<T> {
  const key = PREFIX + name;
  const listeners = new Set<() => void>();
  // The raw text is kept beside the parsed value, so that readers get the same object until the text changes.
  let cachedText: string | null | undefined;
  let cached = fallback;

  const parse = (text: string | null): T => {
    if (text === null) return fallback;
    try {
      const result = schema.safeParse(JSON.parse(text));
      return result.success ? result.data : fallback;
    } catch {
      return fallback;
    }
  };
  const change = (text: string | null) => {
    if (text === null) removeItem(key);
    else setItem(key, text);
    for (const listener of listeners) listener();
  };
  return {
    key,
    read() {
      const text = getItem(key);
      if (text !== cachedText) {
        cachedText = text;
        cached = parse(text);
      }
      return cached;
    },
    write: (value) => change(JSON.stringify(value)),
    forget: () => change(null),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Like useState, but the value is still there after a restart and shared by everybody who uses the same entry. */
export function useRemembered<T>(entry: Remembered<T>): [T, (value: T) => void] {
  const value = useSyncExternalStore(entry.subscribe, entry.read);
  const set = useCallback((next: T) => entry.write(next), [entry]);
  return [value, set];
}

/** Storage for libraries that keep layouts themselves. */
export const layoutStorage = {
  getItem: (name: string): string | null => getItem(`${PREFIX}layout.${name}`),
  setItem: (name: string, value: string): void => setItem(`${PREFIX}layout.${name}`, value),
};

// Storage can be switched off or full; the interface then works on, it only forgets. Texts that could not be kept
// live here until the page closes.
const unsaved = new Map<string, string>();

function getItem(key: string): string | null {
  try {
    return unsaved.get(key) ?? localStorage.getItem(key);
  } catch {
    return unsaved.get(key) ?? null;
  }
}

function setItem(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
    unsaved.delete(key);
  } catch {
    unsaved.set(key, text);
  }
}

function removeItem(key: string): void {
  unsaved.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing is stored where storage is off.
  }
}
