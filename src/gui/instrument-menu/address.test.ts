import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.js';

describe('an address', () => {
  it('may lack its scheme, and is taken whole', () => {
    expect(parseAddress(' example.org/models/a.ts ')).toBe('https://example.org/models/a.ts');
    expect(parseAddress('http://localhost:8000/a.ts?x=1')).toBe('http://localhost:8000/a.ts?x=1');
    expect(parseAddress('localhost:8000/a.ts')).toBe('https://localhost:8000/a.ts');
  });

  it('that is none is not taken for one', () => {
    for (const text of [
      '',
      '   ',
      'model',
      'my model.ts',
      'ftp://example.org/a.ts',
      'data://example.org/a.ts',
      'https://',
    ])
      expect(parseAddress(text)).toBeNull();
  });
});
