import { describe, expect, it } from 'vitest';
import { CredentialInput } from '#contract';
import { check, formFor, PRESETS, splitDomains, toInput } from './credential-form.ts';

describe('credential form', () => {
  it('has presets that need nothing but the secret', () => {
    for (const preset of PRESETS.filter(({ id }) => id !== 'custom')) {
      const form = formFor(preset.id, []);
      expect(check(form, 'secret', [])).toEqual({});
      expect(CredentialInput.safeParse({ ...toInput(form), secret: 's' }).success).toBe(true);
    }
    expect(check(formFor('anthropic', []), '', [])).toEqual({ secret: 'Must not be empty.' });
  });

  it('offers a free name', () => {
    expect(formFor('openai', ['openai', 'openai-2']).name).toBe('openai-3');
  });

  it('says what is wrong, field by field', () => {
    const form = {
      ...formFor('custom', []),
      name: 'a b',
      service: 'UPPER',
      domains: 'https://x.y/z',
      ttl_days: '0',
      upstream: 'x',
    };
    const errors = check(form, 's', []);
    expect(Object.keys(errors).sort()).toEqual(['domains', 'name', 'service', 'ttl_days', 'upstream']);
    expect(errors.domains).toContain('without https://');
    expect(check({ ...formFor('github', []) }, 's', ['github']).name).toContain('in use');
    expect(check({ ...formFor('github', []), domains: '' }, 's', []).domains).toContain('at least one');
    expect(check({ ...formFor('github', []), auth_type: 'header' }, 's', []).header_name).toBeDefined();
    expect(
      check({ ...formFor('github', []), upstream: 'http://127.0.0.1:8080' }, 's', []).upstream,
    ).toBeDefined();
  });

  it('takes domains in lines and lists', () => {
    expect(splitDomains(' a.b,\n *.c.d  localhost:80 ')).toEqual(['a.b', '*.c.d', 'localhost:80']);
  });

  it('sends only what belongs to the way of signing in', () => {
    expect(toInput(formFor('anthropic', []))).toMatchObject({
      auth_type: 'header',
      header_name: 'x-api-key',
    });
    expect(toInput(formFor('openai', []))).not.toHaveProperty('header_name');
    expect(toInput({ ...formFor('openai', []), ttl_days: '30' })).toMatchObject({ ttl_days: 30 });
  });
});
