import { describe, expect, it } from 'vitest';
import { fixed, formatLevel, formatValue, parseValue, short } from './number-text.js';

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
