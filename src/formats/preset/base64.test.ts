import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.js';

describe('base64', () => {
  it("writes what Node's Buffer writes and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text, bytes.length)).toEqual(bytes);
      }),
      { seed: 1 },
    );
  });

  it('refuses every text that it would not have written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'Q', '/', '=', '-', ' ', 'é'), maxLength: 12 }),
        (text) => {
          const canonical = Buffer.from(text, 'base64');
          for (let length = 0; length <= 9; length++) {
            const expected = canonical.length === length && canonical.toString('base64') === text;
            expect(decodeBase64(text, length) !== null).toBe(expected);
          }
        },
      ),
      { seed: 2, numRuns: 2000 },
    );
  });
});
