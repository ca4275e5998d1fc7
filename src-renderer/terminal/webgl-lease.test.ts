import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lease, LeasePool } from './webgl-lease.ts';

describe('WebGL leases', () => {
  it('hands a freed lease to the longest waiting', () => {
    const pool = new LeasePool(1);
    const first = pool.acquire();
    const told: string[] = [];
    expect(pool.acquire()).toBeNull();
    pool.wait(() => told.push('a'));
    const stop = pool.wait(() => told.push('b'));
    first?.release();
    expect(told).toEqual(['a']);
    stop();
    const second = pool.acquire();
    second?.release();
    expect(told).toEqual(['a']);
  });

  it('never lends more than the budget, whatever the order of calls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 20 }), { maxLength: 100 }), (steps) => {
        const pool = new LeasePool(3);
        const held: (Lease | null)[] = [];
        const live = new Set<Lease>();
        for (const step of steps) {
          if (step === -1) {
            const lease = pool.acquire();
            expect(lease === null).toBe(live.size === 3);
            if (lease) live.add(lease);
            held.push(lease);
          } else {
            const lease = held[step];
            lease?.release();
            if (lease) live.delete(lease);
          }
        }
      }),
    );
  });
});
