import { describe, expect, it } from 'vitest';
import { backoff } from './connection.ts';
import { toFailure } from './failure.ts';
import { socketUrl } from './platform.ts';

describe('toFailure', () => {
  it('reads an error of the contract', () => {
    const failure = toFailure(
      Object.assign(new Error('The folder /x does not exist.'), {
        code: 'FOLDER_MISSING',
        data: { hint: 'Choose another.', errors: [{ pointer: '/work_dir', detail: 'does not exist' }] },
      }),
    );
    expect(failure).toMatchObject({
      code: 'FOLDER_MISSING',
      title: 'The folder does not exist',
      detail: 'The folder /x does not exist.',
      hint: 'Choose another.',
      fields: { '/work_dir': 'does not exist' },
    });
  });

  it('never shows an empty box', () => {
    for (const error of [undefined, null, 'x', new Error('boom'), { code: 7 }]) {
      const failure = toFailure(error);
      expect(failure.title).not.toBe('');
      expect(failure.code).toBe('INTERNAL');
    }
    expect(toFailure(new DOMException('x', 'AbortError')).code).toBe('CONNECTION_LOST');
  });
});

describe('connection', () => {
  it('waits longer each time, up to ten seconds', () => {
    expect(backoff(0, () => 0)).toBe(125);
    expect(backoff(0, () => 1)).toBe(250);
    expect(backoff(3, () => 1)).toBe(2000);
    expect(backoff(1000, () => 1)).toBe(10_000);
  });

  it('finds the socket beside the page', () => {
    const at = (href: string) => socketUrl('/rpc', new URL(href) as unknown as Location);
    expect(at('http://127.0.0.1:9100/#/vault')).toBe('ws://127.0.0.1:9100/rpc');
    expect(at('https://aegis.example/console')).toBe('wss://aegis.example/rpc');
  });
});
