/** What happens to a terminal's element and to the page around it. */
import { watchColours } from './theme.ts';

export interface PageEvents {
  /** Before the terminal sees the paste; true when it is dealt with. */
  paste(text: string): boolean;
  focused(focused: boolean): void;
  visible(visible: boolean): void;
  resized(): void;
  recoloured(): void;
}

export const pageVisible = (): boolean => document.visibilityState === 'visible';

/** Calls back until the answer is called. */
export function watchPage(element: HTMLElement, events: PageEvents): () => void {
  const onPaste = (event: ClipboardEvent) => {
    if (!events.paste(event.clipboardData?.getData('text/plain') ?? '')) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onFocus = () => events.focused(true);
  const onBlur = () => events.focused(false);
  const onVisible = () => events.visible(pageVisible());
  const sizes = new ResizeObserver(() => events.resized());
  element.addEventListener('paste', onPaste, { capture: true });
  element.addEventListener('focusin', onFocus);
  element.addEventListener('focusout', onBlur);
  document.addEventListener('visibilitychange', onVisible);
  sizes.observe(element);
  const stopColours = watchColours(events.recoloured);
  return () => {
    stopColours();
    sizes.disconnect();
    document.removeEventListener('visibilitychange', onVisible);
    element.removeEventListener('paste', onPaste, { capture: true });
    element.removeEventListener('focusin', onFocus);
    element.removeEventListener('focusout', onBlur);
  };
}
