import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TerminalModel } from './terminal-model.ts';
import { createViewerTerminal, feed, stateOf } from './testing/terminals.ts';

const quiet = { reply: () => undefined, title: () => undefined, bell: () => undefined };

type Step = { data: Buffer } | { cols: number; rows: number };

/**
 * One terminal sees everything; another gets a snapshot taken after `cut` steps and what came since. Both must be in
 * the same state, right after the snapshot and at the end.
 */
function expectExact(steps: readonly Step[], cut: number, cols = 40, rows = 10): void {
  const model = new TerminalModel(cols, rows, quiet);
  const witness = createViewerTerminal(cols, rows);
  const apply = (step: Step, viewer: ReturnType<typeof createViewerTerminal> | undefined): void => {
    if ('data' in step) {
      if (!viewer) model.parse(step.data);
      feed(witness, step.data);
      if (viewer) feed(viewer, step.data);
    } else {
      if (!viewer) model.resize(step.cols, step.rows);
      witness.resize(step.cols, step.rows);
      viewer?.resize(step.cols, step.rows);
    }
  };
  for (const step of steps.slice(0, cut)) apply(step, undefined);
  const viewer = createViewerTerminal(model.cols, model.rows);
  feed(viewer, model.snapshot());
  expect(stateOf(viewer)).toEqual(stateOf(witness));
  for (const step of steps.slice(cut)) apply(step, viewer);
  expect(stateOf(viewer)).toEqual(stateOf(witness));
  model.dispose();
  viewer.dispose();
  witness.dispose();
}

/** Cuts the text at every byte. */
function expectExactEverywhere(text: string, cols = 40, rows = 10): void {
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expectExact([{ data: bytes.subarray(0, cut) }, { data: bytes.subarray(cut) }], 1, cols, rows);
  }
}

describe('escape sequences, cut at every byte', () => {
  const fixtures: Record<string, string> = {
    'plain lines': 'one\r\ntwo\r\n\r\nfour',
    'wrapped lines': `${'abcdefghij'.repeat(9)}\r\nshort\r\n${'x'.repeat(40)}y`,
    'scrolled out': Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\r\n'),
    'waiting behind the last column': `${'x'.repeat(40)}\x1b[31m`,
    'wide characters': `漢字かな交じり文の折り返し試験です一二三四五六七八九十終\r\nab漢\x1b[3Dc`,
    'combining and emoji': 'e\u0301a\u0300\u0327 n\u0303 \u{1f600}\u{1f1e9}\u{1f1ea} z\u200dy',
    'colours and attributes':
      '\x1b[1mbold\x1b[2mdim\x1b[3mit\x1b[4mul\x1b[5mbl\x1b[7minv\x1b[8mhid\x1b[9mst\x1b[53mov\x1b[0m' +
      '\x1b[31;42mp\x1b[91;102mb\x1b[38;5;3mc\x1b[48;5;200md\x1b[38;2;1;2;3;48;2;4;5;6mt\x1b[m' +
      '\x1b[4:3;58:2::9:8:7mcurly\x1b[58:5:9mx\x1b[4:2my\x1b[59mz\x1b[0m.',
    'erased with a background': '\x1b[44m\x1b[2J\x1b[3;3Habc\x1b[41m\x1b[5X\x1b[K\r\n\x1b[0mx\x1b[45m\x1b[1K',
    'tabs and tab stops': 'a\tb\x1b[3g\x1b[5G\x1bH\x1b[13G\x1bH\r\tc\td\te',
    'scroll region and origin': '\x1b[3;6r\x1b[?6h\x1b[2;3Hin\n\n\n\n\nout\x1b7\x1b[1;1H\x1b8y',
    'insert and protected': 'abcdef\x1b[3G\x1b[4hXY\x1b[4l\x1b[1"qprot\x1b[0"qfree\x1b[?2K',
    'saved cursor': 'abc\x1b[1;31m\x1b7\x1b[5;5H\x1b[0mmid\x1b8def',
    'line drawing': '\x1b(0lqqk\x1b(B box \x1b)0\x0exx\x0fyy \x1b(Aa#b\x1b7\x1b(B\x1b8#',
    'modes on':
      '\x1b[?1h\x1b=\x1b[?7l\x1b[?25l\x1b[?45h\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\x1b[?1004h' +
      '\x1b[?2004h\x1b[?2026h\x1b[5 qx\x1b[?2026l\x1b[?1016h\x1b[3 q\x1b[?2031h',
    'modes off again':
      '\x1b[?1;1003;1006;1004;2004h\x1b[?25l\x1b[?1003;1006;1004;2004;1l\x1b[?25h\x1b[?7l\x1b[?7h',
    'x10 and unsupported mouse modes': '\x1b[?9h\x1b[?1005h\x1b[?1015hx',
    'alternate screen 1049': 'shell\r\n$ vi\r\n\x1b[?1049h\x1b[H\x1b[2Jtext\x1b[5;5Hhere\x1b[?1049lback',
    'alternate screen 47 and 1047': 'main\x1b[?47haltern\x1b[?47lmain\x1b[?1047h\x1b[Hagain\x1b[?1047lend',
    'kitty keyboard': '\x1b[>1u\x1b[>5ux\x1b[=3;2u\x1b[?1049h\x1b[>31u\x1b[>7uy\x1b[<u\x1b[?1049lz\x1b[<1u',
    'kitty left in the alternate screen': '\x1b[?1049h\x1b[=8u\x1b[?1049l\x1b[=2u\x1b[?1049hq\x1b[?1049lr',
    'title and hyperlinks':
      '\x1b]0;a title\x07\x1b]8;;https://a.example/x\x1b\\link\x1b]8;;\x1b\\ \x1b]8;id=n;https://b.example\x07' +
      `${'wrapping '.repeat(7)}\x1b[31mred\x1b]8;;\x07done`,
    'strings that are ignored':
      '\x1bPq#0;2;0;0;0\x1b\\a\x1b_apc\x1b\\b\x1b^pm\x1b\\c\x1bX sos\x1b\\d\x1b]1337;x=y\x07e',
    'C1 controls': '\u009b31mred\u009d0;t\u009c\u0085next\u008d\u0090q\u009cz',
    'full reset': '\x1b[31m\x1b[?1049h\x1b[>1ux\x1bcfresh',
    'cut characters': 'ü€\u{1f600}漢',
  };
  for (const [name, text] of Object.entries(fixtures)) {
    test(name, () => expectExactEverywhere(text));
  }
});

test('scrollback that is full keeps its last lines, and the first one its mark as a continuation', () => {
  const lines = Array.from({ length: 5_300 }, (_, i) => `${i} ${'w'.repeat(i % 97)}`).join('\r\n');
  const data = Buffer.from(lines);
  for (const extra of ['', 'x\r\n'.repeat(1), 'y\r\n'.repeat(2)]) {
    expectExact([{ data }, { data: Buffer.from(extra) }, { data: Buffer.from('end') }], 2, 80, 24);
  }
});

test('resizing before and after the snapshot reflows alike', () => {
  const data = Buffer.from(
    `${'long line that wraps around more than once '.repeat(6)}\r\n\x1b[44mab\x1b[0m\r\n$ `,
  );
  for (const cut of [1, 2, 3, 4]) {
    expectExact(
      [{ data }, { cols: 23, rows: 8 }, { data }, { cols: 61, rows: 12 }, { cols: 30, rows: 5 }],
      cut,
    );
  }
});

test('any mixture of sequences, text and sizes', () => {
  const parameter = fc.integer({ min: 0, max: 45 });
  const csi = fc
    .tuple(
      fc.constantFrom('', '?', '>', '<', '='),
      fc.array(parameter, { maxLength: 3 }),
      fc.constantFrom(...'ABCDEFGHJKLMPSTXZ@bdfghlmrsu'),
    )
    .map(([prefix, parameters, final]) => `\x1b[${prefix}${parameters.join(';')}${final}`);
  const mode = fc
    .tuple(
      fc.constantFrom(1, 6, 7, 25, 47, 1000, 1003, 1004, 1006, 1047, 1048, 1049, 2004),
      fc.constantFrom('h', 'l'),
    )
    .map(([number, final]) => `\x1b[?${number}${final}`);
  const text = fc.string({ unit: fc.constantFrom(...'abc XYZ漢é\u0301\u{1f600}─\t'), maxLength: 30 });
  const other = fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    '\b',
    '\x1b7',
    '\x1b8',
    '\x1bM',
    '\x1bD',
    '\x1b(0',
    '\x1b(B',
    '\x0e',
    '\x0f',
  );
  const sgr = fc
    .array(fc.constantFrom(0, 1, 3, 4, 7, 22, 24, 27, 31, 39, 44, 49, 91, 105), { maxLength: 3 })
    .map((p) => `\x1b[${p.join(';')}m`);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 30,
      arbitrary: fc
        .oneof(csi, mode, text, other, sgr)
        .map((text) => ({ data: Buffer.from(text), toString: () => JSON.stringify(text) })),
    },
    {
      weight: 1,
      arbitrary: fc.record({ cols: fc.integer({ min: 2, max: 50 }), rows: fc.integer({ min: 2, max: 14 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), (steps, cut) => {
      expectExact(steps, Math.min(cut, steps.length), 20, 6);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  );
});
