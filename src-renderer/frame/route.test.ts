import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, type Route } from './route.ts';

describe('routes', () => {
  it.each<[string, Route]>([
    ['', { screen: 'overview' }],
    ['#/', { screen: 'overview' }],
    ['#/nowhere/at/all', { screen: 'overview' }],
    ['#/sessions', { screen: 'sessions', id: null }],
    ['#/sessions/ses_1', { screen: 'sessions', id: 'ses_1' }],
    ['#/vault/my%20key', { screen: 'vault', id: 'my key' }],
    ['#/vault/%E0%A4%A', { screen: 'vault', id: null }],
    ['#/sign-in?code=a%2Bb', { screen: 'sign-in', code: 'a+b' }],
    [
      '#/ledger?service=github&outcome=denied',
      { screen: 'ledger', id: null, filter: { service: 'github', outcome: 'denied' } },
    ],
    ['#/ledger?outcome=perhaps&evil=1&q=x', { screen: 'ledger', id: null, filter: { q: 'x' } }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it('reads back what it writes', () => {
    const id = fc.option(fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }), { nil: null });
    const text = fc.string({ minLength: 1, maxLength: 30 });
    const routes: fc.Arbitrary<Route> = fc.oneof(
      fc.constantFrom<Route>({ screen: 'overview' }, { screen: 'settings' }),
      fc.record({ screen: fc.constantFrom('sessions', 'approvals', 'vault', 'agents'), id }),
      fc.record({
        screen: fc.constant('ledger' as const),
        id,
        filter: fc.record(
          { actor: text, q: text, outcome: fc.constant('denied' as const) },
          { requiredKeys: [] },
        ),
      }),
    ) as fc.Arbitrary<Route>;
    fc.assert(
      fc.property(routes, (route) => {
        expect(parseRoute(formatRoute(route))).toEqual(route);
      }),
    );
  });
});
