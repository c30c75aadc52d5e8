import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Painter } from './painter.js';

/** Node has no animation frames: this is the browser's promise about them, run by hand. */
let frames: Map<number, FrameRequestCallback>;
let frameId = 0;

beforeEach(() => {
  frames = new Map();
  vi.stubGlobal('requestAnimationFrame', (frame: FrameRequestCallback) => {
    frames.set(++frameId, frame);
    return frameId;
  });
  vi.stubGlobal('cancelAnimationFrame', (id: number) => frames.delete(id));
});
afterEach(() => vi.unstubAllGlobals());

function runFrame(now: number): void {
  const due = [...frames.values()];
  frames.clear();
  for (const frame of due) frame(now);
}

describe('painter', () => {
  it('asks for no frame while hidden, and for one when it comes into view', () => {
    const painter = new Painter();
    painter.add(() => false);
    painter.request();
    expect(frames.size).toBe(0);
    painter.visible = true;
    expect(frames.size).toBe(1);
  });

  it('asks for one frame however often it is asked', () => {
    const painter = new Painter();
    painter.visible = true;
    painter.request();
    painter.request();
    expect(frames.size).toBe(1);
  });

  it('goes on while a drawing moves, and rests when none does', () => {
    const painter = new Painter();
    const seen: number[] = [];
    painter.add((now) => seen.push(now) < 3);
    painter.visible = true;
    for (let now = 0; now < 10; now++) runFrame(now);
    expect(seen).toEqual([0, 1, 2]);
  });

  it('takes back its frame when it is hidden, and draws no more what was removed', () => {
    const painter = new Painter();
    let drawn = 0;
    const remove = painter.add(() => (drawn++, true));
    painter.visible = true;
    painter.visible = false;
    expect(frames.size).toBe(0);
    painter.visible = true;
    remove();
    runFrame(0);
    expect(drawn).toBe(0);
    expect(frames.size).toBe(0);
  });
});
