import { expect, test } from 'vitest';
import { TerminalModel } from './terminal-model.ts';
import { createViewerTerminal, feed, stateOf } from './testing/terminals.ts';

function recorded(cols = 80, rows = 24) {
  const events: string[] = [];
  const model = new TerminalModel(cols, rows, {
    reply: (data) => events.push(`reply ${data.replaceAll('\x1b', 'ESC')}`),
    title: (title) => events.push(`title ${title}`),
    bell: () => events.push('bell'),
  });
  return { model, events, write: (text: string) => model.parse(Buffer.from(text)) };
}

const lines = Array.from({ length: 700 }, (_, n) => `\x1b[3${n % 8}mline ${n} 漢\x1b[m`).join('\r\n');

test('a frozen terminal thaws into the same state, without repeating its answers, titles or bells', async () => {
  const { model, events, write } = recorded();
  const witness = createViewerTerminal(80, 24);
  const both = (text: string): void => {
    write(text);
    feed(witness, text);
  };
  both(`${lines}\x1b]2;the title\x07\x07\x1b[c\x1b[?1049h\x1b[>1u\x1b[?1000h\x1b[5;5Hfull screen\x1b[38;2;1`);
  const before = [...events];
  expect(before).toEqual(['title the title', 'bell', 'reply ESC[?1;2c']);
  const whole = Buffer.from(model.snapshot());
  expect(await model.freeze()).toBe(true);
  expect(model.frozen).toBe(true);
  expect(Buffer.from(model.snapshot())).toEqual(whole);
  expect(model.lastLine()).toBe('full screen');
  expect(model.frozen).toBe(true);
  both(';2;3mgreen\x1b[?1049l');
  expect(model.frozen).toBe(false);
  expect(events).toEqual(before);
  const viewer = createViewerTerminal(80, 24);
  feed(viewer, model.snapshot());
  expect(stateOf(viewer)).toEqual(stateOf(witness));
  write('\x1b[c');
  expect(events).toHaveLength(before.length + 1);
});

test('a frozen terminal can be resized and read', async () => {
  const { model, write } = recorded();
  const witness = createViewerTerminal(80, 24);
  write(lines);
  feed(witness, lines);
  await model.freeze();
  expect(model.screen().text).toContain('line 699');
  await model.freeze();
  model.resize(30, 10);
  witness.resize(30, 10);
  const viewer = createViewerTerminal(30, 10);
  feed(viewer, model.snapshot());
  expect(stateOf(viewer)).toEqual(stateOf(witness));
});

test('output that comes while freezing wins', async () => {
  const { model, write } = recorded();
  write(lines);
  const freezing = model.freeze();
  write('more');
  expect(await freezing).toBe(false);
  expect(model.lastLine()).toContain('more');
  const disposed = model.freeze();
  model.dispose();
  expect(await disposed).toBe(false);
});

test('a short history is not worth freezing', async () => {
  const { model, write } = recorded();
  write('$ ');
  expect(await model.freeze()).toBe(false);
});

test('colours are answered from the theme, or as the program set them', () => {
  const { model, events, write } = recorded();
  model.setTheme({
    foreground: '#010203',
    background: '#ffffff',
    cursor: '#040506',
    ansi: Array.from({ length: 16 }, (_, n) => `#0000${n.toString(16).padStart(2, '0')}`),
  });
  write('\x1b]10;?;?;?\x07\x1b]4;1;?;16;?;255;?;300;?\x07\x1b[?996n');
  write('\x1b]11;#123456\x07\x1b]11;?\x07\x1b]4;1;rgb:aa/bb/cc\x07\x1b]4;1;?\x07');
  write('\x1b]111\x07\x1b]104;1\x07\x1b]11;?\x07\x1b]4;1;?\x07');
  expect(events.map((event) => event.replace(/^reply ESC/, '').replace(/ESC\\$/, ''))).toEqual([
    ']10;rgb:0101/0202/0303',
    ']11;rgb:ffff/ffff/ffff',
    ']12;rgb:0404/0505/0606',
    ']4;1;rgb:0000/0000/0101',
    ']4;16;rgb:0000/0000/0000',
    ']4;255;rgb:eeee/eeee/eeee',
    '[?997;2n',
    ']11;rgb:1212/3434/5656',
    ']4;1;rgb:aa/bb/cc',
    ']11;rgb:ffff/ffff/ffff',
    ']4;1;rgb:0000/0000/0101',
  ]);
});

test('a giant sequence does not grow what is kept of it', () => {
  const { model, write } = recorded();
  write('\x1b]52;c;');
  for (let n = 0; n < 200; n += 1) write('A'.repeat(4096));
  expect(model.snapshot().length).toBeLessThan(70_000);
  write('\x07text');
  expect(model.lastLine()).toBe('text');
});

test('a title is told when it changes, and not in megabytes', () => {
  const titles: string[] = [];
  const model = new TerminalModel(80, 24, {
    reply: () => undefined,
    title: (title) => titles.push(title),
    bell: () => undefined,
  });
  for (const title of ['one', 'one', 'x'.repeat(1024 * 1024), 'y'])
    model.parse(Buffer.from(`\x1b]2;${title}\x07`));
  expect(titles.map((title) => title.length)).toEqual([3, 1024, 1]);
  model.dispose();
});
