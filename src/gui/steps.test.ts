import { describe, expect, it } from 'vitest';
import {
  fromTravel,
  moveValue,
  positionMove,
  sliderMove,
  toTravel,
  type Keys,
  type Travel,
} from './steps.js';

const press = (key: string, held: Partial<Keys> = {}): Keys => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...held,
});

describe('keys on a slider', () => {
  it('steps further with Ctrl or Alt, less with Shift', () => {
    expect(sliderMove(press('ArrowUp'))).toEqual({ by: 0.02 });
    expect(sliderMove(press('ArrowLeft', { shiftKey: true }))).toEqual({ by: -0.002 });
    expect(sliderMove(press('ArrowRight', { ctrlKey: true }))).toEqual({ by: 0.1 });
    expect(sliderMove(press('ArrowDown', { altKey: true }))).toEqual({ by: -0.1 });
  });

  it('goes to the ends with Home and End and to the default with Delete', () => {
    expect(sliderMove(press('Home'))).toEqual({ to: 'least' });
    expect(sliderMove(press('End'))).toEqual({ to: 'greatest' });
    expect(sliderMove(press('Delete'))).toEqual({ to: 'default' });
  });

  it("leaves other keys and the system's shortcuts alone", () => {
    expect(sliderMove(press('a'))).toBeNull();
    expect(sliderMove(press('ArrowUp', { metaKey: true }))).toBeNull();
  });
});

describe('keys on the terrain', () => {
  it('moves left, right, up and down, where up is greater Y', () => {
    expect(positionMove(press('ArrowLeft'), 0.5, 0.5)).toEqual({ x: 0.48, y: 0.5 });
    expect(positionMove(press('ArrowRight'), 0.5, 0.5)).toEqual({ x: 0.52, y: 0.5 });
    expect(positionMove(press('ArrowUp'), 0.5, 0.5)).toEqual({ x: 0.5, y: 0.52 });
    expect(positionMove(press('ArrowDown'), 0.5, 0.5)).toEqual({ x: 0.5, y: 0.48 });
  });

  it('stops at the edges', () => {
    expect(positionMove(press('ArrowLeft'), 0.01, 1)).toEqual({ x: 0, y: 1 });
    expect(positionMove(press('PageUp'), 0.3, 0.95)).toEqual({ x: 0.3, y: 1 });
    expect(positionMove(press('PageDown'), 0.3, 0.05)).toEqual({ x: 0.3, y: 0 });
  });

  it('jumps to the left and right edge and to the middle', () => {
    expect(positionMove(press('Home'), 0.3, 0.7)).toEqual({ x: 0, y: 0.7 });
    expect(positionMove(press('End'), 0.3, 0.7)).toEqual({ x: 1, y: 0.7 });
    expect(positionMove(press('Delete'), 0.3, 0.7)).toEqual({ x: 0.5, y: 0.5 });
  });

  it('is no concern of letters', () => {
    expect(positionMove(press('p'), 0.3, 0.7)).toBeNull();
  });
});

describe("a control's travel", () => {
  const glide: Travel = { min: 0, max: 2000, curve: 0.5, decimals: 0 };
  const gain: Travel = { min: -60, max: 12, curve: 1.6, decimals: 1 };

  it('turns back into the value it came from', () => {
    for (const value of [0, 1, 80, 500, 2000]) expect(fromTravel(glide, toTravel(glide, value))).toBe(value);
    for (const value of [-60, -12.5, 0, 12]) expect(fromTravel(gain, toTravel(gain, value))).toBe(value);
  });

  it('gives short glides more room than long ones: 500 ms of 2000 stand at the middle', () => {
    expect(toTravel(glide, 500)).toBe(0.5);
  });

  it('stays inside the range', () => {
    expect(toTravel(glide, -5)).toBe(0);
    expect(fromTravel(gain, 1.5)).toBe(12);
    expect(moveValue(gain, 12, 0.1)).toBe(12);
  });

  it('never takes a step that changes nothing', () => {
    // 0.002 of the way from 0 ms is 0.008 ms, which would be rounded away.
    expect(moveValue(glide, 0, 0.002)).toBe(1);
    expect(moveValue(glide, 1, -0.0001)).toBe(0);
    expect(moveValue({ min: 1, max: 8, curve: 1, decimals: 0 }, 1, 0.02)).toBe(2);
  });
});
