import { useSyncExternalStore } from 'react';
import { z } from 'zod';
import { client, isDesktop } from '../client/index.ts';
import { remembered } from './storage.ts';

export const ThemeChoice = z.enum(['system', 'light', 'dark']);
export type ThemeChoice = z.infer<typeof ThemeChoice>;

export const themeChoice = remembered<ThemeChoice>('theme', ThemeChoice, 'system');

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');

/** The theme in force: what was chosen, or what the system asks for. */
export function effectiveTheme(): 'light' | 'dark' {
  const choice = themeChoice.read();
  if (choice !== 'system') return choice;
  return systemDark().matches ? 'dark' : 'light';
}

function subscribe(listener: () => void): () => void {
  const query = systemDark();
  query.addEventListener('change', listener);
  const unsubscribe = themeChoice.subscribe(listener);
  return () => {
    query.removeEventListener('change', listener);
    unsubscribe();
  };
}

export const useEffectiveTheme = (): 'light' | 'dark' => useSyncExternalStore(subscribe, effectiveTheme);

/** Puts the theme on the page, now and whenever it changes. Call before the first drawing. */
export function startTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = effectiveTheme();
  };
  apply();
  subscribe(apply);
  // The window frame and native menus follow.
  if (isDesktop) void client.desktop.setTheme({ theme: themeChoice.read() }).catch(() => undefined);
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.write(choice);
  if (isDesktop) void client.desktop.setTheme({ theme: choice }).catch(() => undefined);
}
