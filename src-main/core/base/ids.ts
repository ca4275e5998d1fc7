import { randomFillSync } from 'node:crypto';
import type { IdByPrefix, IdPrefix } from '#contract';

const pool = Buffer.allocUnsafe(16 * 256);
let poolOffset = pool.length;
let lastMs = 0;
let sequence = 0;

/**
 * `<prefix>_` and a UUIDv7 (RFC 9562, section 5.7) without dashes. Within one process ids made in the same millisecond
 * still sort in order of creation: the 12 bits of `rand_a` count up (method 1 of section 6.2).
 */
export function newId<P extends IdPrefix>(prefix: P): IdByPrefix[P] {
  if (poolOffset === pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const b = pool.subarray(poolOffset, poolOffset + 16);
  poolOffset += 16;
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // Start low enough that the counter rarely overflows within the millisecond.
    sequence = b.readUInt16BE(6) & 0x7ff;
  } else {
    sequence += 1;
    if (sequence > 0xfff) {
      // More than the counter holds, or the clock went back: borrow the next millisecond, order matters more.
      lastMs += 1;
      sequence = 0;
    }
  }
  b.writeUIntBE(lastMs, 0, 6);
  b.writeUInt16BE(0x7000 | sequence, 6);
  b[8] = 0x80 | ((b[8] ?? 0) & 0x3f);
  return `${prefix}_${b.toString('hex')}` as IdByPrefix[P];
}
