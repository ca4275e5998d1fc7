/**
 * The parts of xterm.js' inside that exact replay needs and its API does not show. The version is pinned;
 * snapshot.test.ts fails when an update moves any of them.
 */
import type { IBufferCell, Terminal } from '@xterm/headless';

export interface RawAttributes {
  fg: number;
  bg: number;
  extended: { _ext: number; _urlId: number };
}

/** What `IBufferCell` is underneath. */
export type RawCell = IBufferCell & RawAttributes & { content: number };

/** A line of a buffer underneath: content, foreground and background of each cell. */
export interface RawLine {
  readonly _data: Uint32Array;
}

/** A character set as xterm.js keeps it: one object per set, compared by identity. */
export type Charset = Record<string, string>;

export interface RawBuffer {
  x: number;
  y: number;
  ybase: number;
  scrollTop: number;
  scrollBottom: number;
  tabs: Record<number, boolean | undefined>;
  savedX: number;
  savedY: number;
  savedCurAttrData: RawAttributes;
  savedCharsets: (Charset | undefined)[];
  savedGlevel: number;
  savedOriginMode: boolean;
  savedWraparoundMode: boolean;
  lines: { readonly length: number; readonly maxLength: number };
}

export interface KittyKeyboard {
  flags: number;
  mainFlags: number;
  altFlags: number;
  mainStack: number[];
  altStack: number[];
}

export interface XtermInternals {
  readonly buffers: { readonly normal: RawBuffer; readonly alt: RawBuffer; readonly active: RawBuffer };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly modes: { readonly insertMode: boolean };
    readonly decPrivateModes: {
      readonly applicationCursorKeys: boolean;
      readonly applicationKeypad: boolean;
      readonly bracketedPasteMode: boolean;
      readonly colorSchemeUpdates: boolean;
      readonly cursorBlink: boolean | undefined;
      readonly cursorStyle: 'block' | 'underline' | 'bar' | undefined;
      readonly origin: boolean;
      readonly reverseWraparound: boolean;
      readonly sendFocus: boolean;
      readonly synchronizedOutput: boolean;
      readonly wraparound: boolean;
    };
    readonly kittyKeyboard: KittyKeyboard;
  };
  readonly mouseStateService: { readonly activeProtocol: string; readonly activeEncoding: string };
  readonly _charsetService: { readonly charsets: (Charset | undefined)[]; readonly glevel: number };
  readonly _oscLinkService: { getLinkData(id: number): { id?: string; uri: string } | undefined };
  readonly _inputHandler: {
    readonly _curAttrData: RawAttributes;
    readonly _windowTitle: string;
    readonly _utf8Decoder: { readonly interim: Uint8Array };
    readonly _parser: { readonly currentState: number; readonly precedingJoinState: number };
    /** Parses at once. A promise only with asynchronous handlers, of which we have none. */
    parse(data: Uint8Array): unknown;
  };
}

/** Parser state in which no sequence is under way. */
export const PARSER_GROUND = 0;

export const internals = (terminal: Terminal): XtermInternals =>
  (terminal as unknown as { _core: XtermInternals })._core;
