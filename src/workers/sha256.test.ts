import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../../test/onnx-truth.js';
import { Sha256 } from './sha256.js';

describe('SHA-256 piece by piece', () => {
  it('agrees with OpenSSL for every length around its block, however the bytes are cut', () => {
    const random = randomNumbers(5);
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, () => 256 * Math.abs(random()));
      const hash = new Sha256();
      for (let at = 0; at < length;) {
        const end = Math.min(length, at + Math.floor(150 * Math.abs(random())));
        hash.update(bytes.subarray(at, end));
        at = end;
      }
      expect(hash.finish()).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });

  it('agrees on a file of several million bytes', () => {
    const bytes = new Uint8Array(5_000_001).map((_, i) => i * 7);
    const hash = new Sha256();
    hash.update(bytes.subarray(0, 3));
    hash.update(bytes.subarray(3));
    expect(hash.finish()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});
