import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ACK_EVERY,
  AckPacer,
  decodeHostFrame,
  decodeViewerFrame,
  encodeHostFrame,
  encodeViewerFrame,
  FLOW_LOW_WATERMARK,
  type HostFrame,
  TerminalFrameError,
  type ViewerFrame,
} from './terminal-frames.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const offset = fc.nat(2 ** 48 - 1);
const u16 = fc.nat(0xffff);
const text = fc.string({ unit: 'grapheme' });
const colour = fc.nat(0xffffff).map((value) => `#${value.toString(16).padStart(6, '0')}`);

const hostFrame: fc.Arbitrary<HostFrame> = fc.oneof(
  fc.record({ type: fc.constant('output' as const), offset, data: bytes }),
  fc.record({
    type: fc.constant('snapshot' as const),
    meta: fc.record({
      version: fc.nat(),
      offset,
      cols: u16,
      rows: u16,
      scrollback: fc.nat(),
      title: text,
      reason: fc.constantFrom('attach' as const, 'resync' as const),
    }),
    data: bytes,
  }),
  fc.record({ type: fc.constant('resized' as const), cols: u16, rows: u16 }),
  fc.record({
    type: fc.constant('exited' as const),
    status: fc.record({ exit_code: fc.option(fc.integer()), signal: fc.option(text) }),
  }),
  fc.record({ type: fc.constant('title' as const), title: text }),
);

const viewerFrame: fc.Arbitrary<ViewerFrame> = fc.oneof(
  fc.record({ type: fc.constant('input' as const), data: bytes }),
  fc.record({ type: fc.constant('ack' as const), offset }),
  fc.record({ type: fc.constant('resize' as const), cols: u16, rows: u16 }),
  fc.record({ type: fc.constant('focus' as const), focused: fc.boolean() }),
  fc.record({ type: fc.constant('visible' as const), visible: fc.boolean() }),
  fc.record({
    type: fc.constant('theme' as const),
    theme: fc.record({
      foreground: colour,
      background: colour,
      cursor: colour,
      ansi: fc.array(colour, { minLength: 16, maxLength: 16 }),
    }),
  }),
  fc.record({ type: fc.constant('refresh' as const) }),
);

test('host frames survive the way', () => {
  fc.assert(
    fc.property(hostFrame, (frame) => {
      expect(decodeHostFrame(encodeHostFrame(frame))).toEqual(frame);
    }),
  );
});

test('viewer frames survive the way', () => {
  fc.assert(
    fc.property(viewerFrame, (frame) => {
      expect(decodeViewerFrame(encodeViewerFrame(frame))).toEqual(frame);
    }),
  );
});

test('a frame inside a larger buffer is read at its place', () => {
  fc.assert(
    fc.property(viewerFrame, fc.nat(9), (frame, before) => {
      const encoded = encodeViewerFrame(frame);
      const around = new Uint8Array(encoded.length + before + 3).fill(255);
      around.set(encoded, before);
      expect(decodeViewerFrame(around.subarray(before, before + encoded.length))).toEqual(frame);
    }),
  );
});

test('whatever comes, decoding gives a frame or says that it is none', () => {
  const types = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 64, 65, 66, 67, 68, 69, 70, 71, 255);
  fc.assert(
    fc.property(types, bytes, (type, rest) => {
      const frame = Uint8Array.of(type, ...rest);
      for (const decode of [decodeHostFrame, decodeViewerFrame]) {
        try {
          decode(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(TerminalFrameError);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(() => decodeViewerFrame(new Uint8Array())).toThrow(TerminalFrameError);
});

test('an offset that does not fit is refused when it is written', () => {
  for (const wrong of [-1, 0.5, 2 ** 48, Number.NaN]) {
    expect(() => encodeViewerFrame({ type: 'ack', offset: wrong })).toThrow(TerminalFrameError);
  }
});

test('acknowledgements leave at most the low watermark open, and a snapshot is always acknowledged', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 50 }), (lengths) => {
      let acknowledged = 0;
      const pacer = new AckPacer((frame) => {
        const decoded = decodeViewerFrame(frame);
        if (decoded.type === 'ack') acknowledged = decoded.offset;
      });
      let parsed = 70;
      pacer.snapshot(parsed);
      expect(acknowledged).toBe(70);
      for (const length of lengths) {
        parsed += length;
        pacer.parsed(parsed);
        expect(parsed - acknowledged).toBeLessThan(ACK_EVERY);
      }
    }),
  );
  expect(ACK_EVERY).toBeLessThanOrEqual(FLOW_LOW_WATERMARK);
});
