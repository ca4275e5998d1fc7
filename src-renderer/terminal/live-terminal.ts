/**
 * One terminal on the page: xterm.js, its add-ons and its connection. Lives outside React; a component mounts it while
 * it is visible and disposes it afterwards, because the host can draw it again exactly.
 */
import { FitAddon } from '@xterm/addon-fit';
import { type ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { SessionId } from '#contract';
import { silenceReplies } from '#contract/terminal-replies.ts';
import { copyText } from '../ui/copy-button.tsx';
import { isMac } from '../ui/shortcut.ts';
import { clipboardKey, inputPieces, needsPasteQuestion, openableLink, parseOsc52 } from './clipboard.ts';
import { TerminalConnection } from './connection.ts';
import { pageVisible, watchPage } from './page-watch.ts';
import { type TerminalSettings, terminalSettings, usualSize } from './settings.ts';
import { INITIAL_STATUS, type TerminalStatus } from './terminal-status.ts';
import { type Colours, readColours } from './theme.ts';
import type { Step } from './viewer-stream.ts';
import { WebglRenderer } from './webgl-renderer.ts';

const FONT = '"JetBrains Mono Variable", ui-monospace, monospace';
/** Long enough for a drag of a panel to pass, short enough to feel immediate. */
const RESIZE_DEBOUNCE_MS = 80;
const FOREIGN_AFTER_MS = 1_000;
const FONT_WAIT_MS = 1_000;
/** What a terminal says when it gets or loses the focus (DECSET 1004). */
const FOCUS_REPORTS = ['\x1b[I', '\x1b[O'];

const encoder = new TextEncoder();

export class LiveTerminal {
  readonly #term: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #webgl: WebglRenderer;
  readonly #id: SessionId;
  readonly #cleanups: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  #connection: TerminalConnection | null = null;
  #colours: Colours;
  #disposed = false;
  /** A snapshot is being written: modes it sets must not make the terminal report anything. */
  #replaying = 0;
  #resizeTimer: ReturnType<typeof setTimeout> | undefined;
  #foreignTimer: ReturnType<typeof setTimeout> | undefined;
  #status: TerminalStatus = INITIAL_STATUS;

  constructor(id: SessionId) {
    this.#id = id;
    const settings = terminalSettings.read();
    this.#colours = readColours();
    Terminal.strings.promptLabel = 'Terminal input';
    this.#term = new Terminal({
      // Unicode 11 widths and search highlights are proposed API of xterm.js.
      allowProposedApi: true,
      cursorBlink: false,
      drawBoldTextInBrightColors: false,
      fontFamily: FONT,
      fontSize: settings.fontSize,
      lineHeight: 1.2,
      linkHandler: { activate: (_event, url) => this.#askLink(url), allowNonHttpProtocols: false },
      macOptionIsMeta: true,
      minimumContrastRatio: 4.5,
      screenReaderMode: settings.screenReader,
      theme: this.#colours.local,
      // The host answers questions about the colour scheme.
      vtExtensions: { kittyKeyboard: true, colorSchemeQuery: false },
    });
    this.#webgl = new WebglRenderer(this.#term);
    this.#setUp();
  }

  #setUp(): void {
    const term = this.#term;
    silenceReplies(term.parser);
    term.loadAddon(this.#fit);
    term.loadAddon(this.#search);
    term.loadAddon(new Unicode11Addon());
    term.unicode.activeVersion = '11';
    term.loadAddon(new WebLinksAddon((_event, url) => this.#askLink(url)));
    term.parser.registerOscHandler(52, (data) => {
      const text = parseOsc52(data);
      // A snapshot repeats nothing: what it holds was asked before.
      if (text !== null && this.#replaying === 0) this.#set({ clipboardRequest: text });
      return true;
    });
    term.attachCustomKeyEventHandler((event) => this.#key(event));
    term.onData((data) => this.#input(data));
    term.onBinary((data) => {
      this.#connection?.send({ type: 'input', data: Uint8Array.from(data, (char) => char.charCodeAt(0)) });
    });
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
      this.#set({ searchResults: { index: resultIndex, count: resultCount } }),
    );
  }

  /** Draws into `element`. Call once. */
  async mount(element: HTMLElement): Promise<void> {
    // Cells measured before the font is there would stay wrong.
    await Promise.race([
      Promise.all([document.fonts.load(`13px ${FONT}`), document.fonts.load(`bold 13px ${FONT}`)]).catch(
        () => {},
      ),
      new Promise((resolve) => setTimeout(resolve, FONT_WAIT_MS)),
    ]);
    if (this.#disposed) return;
    this.#term.open(element);
    this.#webgl.use(terminalSettings.read().renderer === 'auto');
    this.#watch(element);
    this.#connection = new TerminalConnection(this.#id, {
      state: (connection) => this.#set({ connection }),
      opened: () => this.#introduce(),
      step: (step, parsed) => this.#step(step, parsed),
    });
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#resizeTimer);
    clearTimeout(this.#foreignTimer);
    for (const cleanup of this.#cleanups) cleanup();
    this.#listeners.clear();
    this.#connection?.dispose();
    this.#webgl.dispose();
    this.#term.dispose();
  }

  // What the component reads and does.

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly status = (): TerminalStatus => this.#status;

  focus(): void {
    this.#term.focus();
  }

  /** Asks the host for a fresh picture of its model. */
  rebuild(): void {
    this.#webgl.clear();
    this.#connection?.send({ type: 'refresh' });
  }

  /** Makes this window's size the program's. */
  claimSize(): void {
    this.#connection?.send({ type: 'focus', focused: true });
    this.#askSize();
  }

  async copySelection(): Promise<boolean> {
    return this.#term.hasSelection() && (await copyText(this.#term.getSelection()));
  }

  get hasSelection(): boolean {
    return this.#term.hasSelection();
  }

  selectAll(): void {
    this.#term.selectAll();
  }

  /** Pastes, asking first where the lines would run at once. */
  paste(text: string, asked = false): void {
    if (!asked && needsPasteQuestion(text, this.#term.modes.bracketedPasteMode))
      this.#set({ pasteRequest: text });
    else {
      this.#set({ pasteRequest: null });
      this.#term.paste(text);
    }
  }

  /** Ends the question on the screen, whichever it is. */
  dismissRequests(): void {
    this.#set({ clipboardRequest: null, pasteRequest: null, linkRequest: null });
  }

  openSearch(): void {
    this.#set({ searchOpen: true });
  }

  closeSearch(): void {
    this.#search.clearDecorations();
    this.#set({ searchOpen: false, searchResults: null });
    this.focus();
  }

  find(
    text: string,
    direction: 'next' | 'previous',
    options: { caseSensitive: boolean; incremental: boolean },
  ): void {
    if (text === '') {
      this.#search.clearDecorations();
      this.#set({ searchResults: null });
      return;
    }
    const { ansi, cursor } = this.#colours.wire;
    const search: ISearchOptions = {
      ...options,
      decorations: {
        matchBackground: ansi[3] ?? cursor,
        matchOverviewRuler: ansi[3] ?? cursor,
        activeMatchBackground: cursor,
        activeMatchColorOverviewRuler: cursor,
      },
    };
    if (direction === 'next') this.#search.findNext(text, search);
    else this.#search.findPrevious(text, search);
  }

  // What the host sends.

  #introduce(): void {
    const connection = this.#connection;
    if (!connection) return;
    connection.send({ type: 'theme', theme: this.#colours.wire });
    connection.send({ type: 'visible', visible: pageVisible() });
    this.#askSize();
    if (this.#hasFocus()) connection.send({ type: 'focus', focused: true });
  }

  #step(step: Step, parsed: () => void): void {
    const term = this.#term;
    switch (step.do) {
      // xterm parses everything queued before it resizes, so a size changes exactly between its neighbours.
      case 'reset':
        this.#replaying++;
        term.options.scrollback = step.scrollback;
        term.resize(step.cols, step.rows);
        // RIS: a reset in its place in the queue, also when the size stays and nothing was parsed early.
        term.write('\x1bc');
        this.#sized();
        break;
      case 'resize':
        term.resize(step.cols, step.rows);
        this.#sized();
        break;
      case 'write':
        term.write(step.data, () => {
          if (step.snapshot) this.#replaying--;
          parsed();
        });
        break;
      case 'title':
        this.#set({ title: step.title });
        break;
      case 'exited':
        term.options.disableStdin = true;
        this.#set({ exit: step.status });
        break;
      case 'refresh':
        break;
    }
  }

  #sized(): void {
    const { cols, rows } = this.#term;
    const fits = this.#fits();
    this.#set({ size: { cols, rows }, ...(fits ? { foreignSize: false } : {}) });
    clearTimeout(this.#foreignTimer);
    // Our own wish is usually on its way; only a size that stays is another viewer's.
    if (!fits)
      this.#foreignTimer = setTimeout(() => this.#set({ foreignSize: !this.#fits() }), FOREIGN_AFTER_MS);
  }

  #fits(): boolean {
    const own = this.#ownSize();
    const { cols, rows } = this.#term;
    return own === null || this.#status.exit !== null || (own.cols === cols && own.rows === rows);
  }

  // What the person does.

  #input(data: string): void {
    if (this.#replaying > 0 && FOCUS_REPORTS.includes(data)) return;
    for (const piece of inputPieces(data))
      this.#connection?.send({ type: 'input', data: encoder.encode(piece) });
  }

  /** False: not for the program. */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    switch (clipboardKey(event, isMac())) {
      case 'copy':
        event.preventDefault();
        void this.copySelection();
        return false;
      case 'paste':
        // The browser's own paste event follows.
        return false;
      case 'find':
        event.preventDefault();
        this.openSearch();
        return false;
      case null:
        return true;
    }
  }

  #askLink(text: string): void {
    const url = openableLink(text);
    if (url !== null) this.#set({ linkRequest: url });
  }

  // What the page around it does.

  #watch(element: HTMLElement): void {
    this.#cleanups.push(
      watchPage(element, {
        paste: (text) => {
          if (!needsPasteQuestion(text, this.#term.modes.bracketedPasteMode)) return false;
          this.paste(text);
          return true;
        },
        focused: (focused) => this.#connection?.send({ type: 'focus', focused }),
        visible: (visible) => this.#connection?.send({ type: 'visible', visible }),
        resized: () => this.#planSize(),
        recoloured: () => this.#recolour(),
      }),
      terminalSettings.subscribe(() => this.#apply(terminalSettings.read())),
    );
  }

  #recolour(): void {
    this.#colours = readColours();
    this.#term.options.theme = this.#colours.local;
    this.#connection?.send({ type: 'theme', theme: this.#colours.wire });
  }

  #apply(settings: TerminalSettings): void {
    this.#term.options.fontSize = settings.fontSize;
    this.#term.options.screenReaderMode = settings.screenReader;
    this.#webgl.use(settings.renderer === 'auto');
    this.#planSize();
  }

  #hasFocus(): boolean {
    return document.hasFocus() && document.activeElement === this.#term.textarea;
  }

  #ownSize(): { cols: number; rows: number } | null {
    const proposed = this.#fit.proposeDimensions();
    if (!proposed || Number.isNaN(proposed.cols) || Number.isNaN(proposed.rows)) return null;
    return {
      cols: Math.min(Math.max(proposed.cols, 2), 1000),
      rows: Math.min(Math.max(proposed.rows, 1), 500),
    };
  }

  #planSize(): void {
    clearTimeout(this.#resizeTimer);
    this.#resizeTimer = setTimeout(() => this.#askSize(), RESIZE_DEBOUNCE_MS);
  }

  #askSize(): void {
    const size = this.#ownSize();
    if (!size || this.#status.exit !== null) return;
    this.#connection?.send({ type: 'resize', ...size });
    usualSize.write(size);
  }

  #set(change: Partial<TerminalStatus>): void {
    if (this.#disposed) return;
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener();
  }
}
