/**
 * Keeps a viewer's terminal from answering device queries: the terminal host's model answers each one, and a second
 * answer would arrive in the program's input as if typed. Written against the shape of xterm.js' `terminal.parser`, so
 * that the contract needs no terminal library.
 */

interface FunctionIdentifier {
  prefix?: string;
  intermediates?: string;
  final: string;
}

interface Registration {
  dispose(): void;
}

export interface ParserHooks {
  registerCsiHandler(
    id: FunctionIdentifier,
    callback: (params: (number | number[])[]) => boolean,
  ): Registration;
  registerDcsHandler(
    id: FunctionIdentifier,
    callback: (data: string, params: (number | number[])[]) => boolean,
  ): Registration;
  registerOscHandler(ident: number, callback: (data: string) => boolean): Registration;
}

/** CSI functions that only ever ask: DA1, DA2, DA3, DSR, DECXCPR, XTVERSION, DECRQM (ANSI and private), kitty. */
const CSI_QUERIES: readonly FunctionIdentifier[] = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { prefix: '>', final: 'q' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '?', final: 'u' },
];

/** XTWINOPS that report (11, 13 to 16, 18 to 21); the others act on the window or its title. */
const isSizeReport = (operation: number): boolean =>
  operation === 11 || (operation >= 13 && operation <= 16) || (operation >= 18 && operation <= 21);

/** Palette and special colours: OSC 4, 10 to 19. `?` in place of a colour asks. */
const OSC_COLOURS = [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

/** Swallows every query. Call once, before the first byte is written. The result undoes it. */
export function silenceReplies(parser: ParserHooks): Registration {
  const all: Registration[] = CSI_QUERIES.map((id) => parser.registerCsiHandler(id, () => true));
  all.push(
    parser.registerCsiHandler({ final: 't' }, ([operation]) =>
      typeof operation === 'number' ? isSizeReport(operation) : false,
    ),
    // DECRQSS (`$ q`) and XTGETTCAP (`+ q`).
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true),
    parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true),
    ...OSC_COLOURS.map((ident) =>
      parser.registerOscHandler(ident, (data) => data.split(';').some((part) => part === '?')),
    ),
  );
  return {
    dispose() {
      for (const registration of all) registration.dispose();
    },
  };
}
