import { describe, expect, it } from 'vitest';
import {
  count,
  fixed,
  formatBytes,
  formatLevel,
  formatRate,
  formatValue,
  parseValue,
  short,
} from './number-text.js';

describe('numbers to read', () => {
  it('have a real minus and no negative zero', () => {
    expect(fixed(-1.25, 2)).toBe('−1.25');
    expect(fixed(-0.001, 2)).toBe('0.00');
    expect(fixed(-0, 1)).toBe('0.0');
  });

  it('are as short as they can be on the map', () => {
    expect(short(16)).toBe('16');
    expect(short(-4)).toBe('−4');
    expect(short(0.5)).toBe('0.5');
    expect(short(100)).toBe('100');
    expect(short(1.256)).toBe('1.26');
  });

  it('carry their unit', () => {
    expect(formatValue(80, 'ms')).toBe('80 ms');
    expect(formatValue(1250, 'ms')).toBe('1.25 s');
    expect(formatValue(0, 'dB')).toBe('0.0 dB');
    expect(formatValue(-0.04, 'dB')).toBe('0.0 dB');
    expect(formatValue(3, 'dB')).toBe('+3.0 dB');
    expect(formatValue(-60, 'dB')).toBe('−60.0 dB');
    expect(formatValue(1.5, '×')).toBe('1.50 ×');
    expect(formatValue(0.5, '', 3)).toBe('0.500');
  });

  it('say how large a file is without needless digits, and never nothing', () => {
    const sizes = [0, 640_000, 999_600, 4_820_000, 9_960_000, 148_700_000, 999_700_000, 1_240_000_000];
    expect(sizes.map(formatBytes)).toEqual([
      '1 kB',
      '640 kB',
      '1.0 MB',
      '4.8 MB',
      '10 MB',
      '149 MB',
      '1.0 GB',
      '1.2 GB',
    ]);
  });

  it('say rates in kHz and count things in words', () => {
    expect([44_100, 48_000, 22_050, 11_025].map(formatRate)).toEqual([
      '44.1 kHz',
      '48 kHz',
      '22.05 kHz',
      '11.025 kHz',
    ]);
    expect([count(1, 'latent'), count(16, 'latent'), count(0, 'entry', 'entries')]).toEqual([
      '1 latent',
      '16 latents',
      '0 entries',
    ]);
  });

  it('call silence −∞', () => {
    expect(formatLevel(-60)).toBe('−∞');
    expect(formatLevel(-6.02)).toBe('−6.0');
  });
});

describe('numbers that are typed', () => {
  it('may have a unit, a decimal comma, any minus', () => {
    expect(parseValue('120', 'ms')).toBe(120);
    expect(parseValue(' 120 ms ', 'ms')).toBe(120);
    expect(parseValue('1.2s', 'ms')).toBe(1200);
    expect(parseValue('−6,5 dB', 'dB')).toBe(-6.5);
    expect(parseValue('+3db', 'dB')).toBe(3);
    expect(parseValue('.5', '')).toBe(0.5);
    expect(parseValue('2x', '×')).toBe(2);
  });

  it('are taken as they are shown', () => {
    expect(parseValue(formatValue(1250, 'ms'), 'ms')).toBe(1250);
    expect(parseValue(formatValue(-12.5, 'dB'), 'dB')).toBe(-12.5);
    expect(parseValue(formatValue(0.75, '×'), '×')).toBe(0.75);
  });

  it('are refused when they are something else', () => {
    for (const text of ['', 'loud', '1e9', '3 apples', '--2', '1.2.3', '5 s'])
      expect(parseValue(text, 'dB')).toBeNull();
  });
});
