import type { Socket } from 'node:net';

/** Frame kinds on the host's socket. */
export const KIND_JSON = 0;
/** u32 viewer id, then one frame of the viewer protocol. Both ways. */
export const KIND_VIEWER = 1;

/** Largest frame a peer may send once it has proved itself: a snapshot of a huge screen with full scrollback fits. */
export const MAX_FRAME = 64 * 1024 * 1024;
/** Largest frame before that. */
export const MAX_GREETING = 4096;

export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** Cuts a byte stream into frames: u32 length of what follows, u8 kind, payload. A frame is passed on only whole. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Raise it once the peer is known. */
  limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @throws RangeError when a frame is empty or longer than the limit: the stream is unusable from here on. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= 4) {
      const length = this.#peek(4).readUInt32BE(0);
      if (length < 1 || length > this.limit)
        throw new RangeError(`A frame of ${length} bytes is not allowed`);
      if (this.#buffered < 4 + length) return;
      const bytes = this.#take(4 + length);
      yield { kind: bytes[4] ?? 0, payload: bytes.subarray(5) };
    }
  }

  /** The first `length` buffered bytes, left in place. */
  #peek(length: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= length) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #take(length: number): Buffer {
    const joined = this.#peek(length);
    this.#buffered -= length;
    if (joined.length === length) this.#chunks.shift();
    else this.#chunks[0] = joined.subarray(length);
    return joined.subarray(0, length);
  }
}

function header(kind: number, payloadLength: number, extra: number): Buffer {
  const bytes = Buffer.allocUnsafe(5 + extra);
  bytes.writeUInt32BE(1 + extra + payloadLength, 0);
  bytes[4] = kind;
  return bytes;
}

/** Writes a control message. False: the socket's buffer is full. */
export function sendJson(socket: Socket, value: unknown): boolean {
  const payload = Buffer.from(JSON.stringify(value));
  return socket.write(Buffer.concat([header(KIND_JSON, payload.length, 0), payload]));
}

/** Writes a viewer's frame. The bytes must not change afterwards. */
export function sendViewerFrame(socket: Socket, viewer: number, frame: Uint8Array): boolean {
  const head = header(KIND_VIEWER, frame.length, 4);
  head.writeUInt32BE(viewer, 5);
  if (frame.length <= 4096) return socket.write(Buffer.concat([head, frame]));
  socket.cork();
  socket.write(head);
  const free = socket.write(frame);
  socket.uncork();
  return free;
}
