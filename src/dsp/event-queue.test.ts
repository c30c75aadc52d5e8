import { describe, expect, it } from 'vitest';
import type { WamEvent } from '@webaudiomodules/api';
import { EventQueue } from './event-queue.js';
import { slicer } from './test-networks.js';

const event = (value: number): WamEvent => ({
  type: 'wam-automation',
  data: { id: 'x', value, normalized: false },
});

describe('event queue', () => {
  it('gives events in order of time, and of arrival at the same time', () => {
    const queue = new EventQueue();
    const random = slicer(3);
    const given = Array.from({ length: 2000 }, (_, i) => ({
      i,
      frame: Math.floor(random() * 300),
      e: event(i),
    }));
    for (const { i, frame, e } of given) queue.add(i + 1, e, frame);
    const expected = [...given].sort((a, b) => a.frame - b.frame || a.i - b.i);
    for (const { frame, e } of expected) {
      expect(queue.nextFrame()).toBe(frame);
      expect(queue.take()).toBe(e);
    }
    expect(queue.nextFrame()).toBe(Infinity);
  });

  it('puts what is late behind what came due, never before it', () => {
    const queue = new EventQueue();
    queue.add(1, event(1), 100);
    queue.take();
    queue.add(2, event(2), 50);
    expect(queue.nextFrame()).toBe(50);
    expect(queue.takeDue().map(({ id }) => id)).toEqual([1]);
    expect(queue.nextFrame()).toBe(50);
  });

  it('clears what is to come, whoever sent it, and tells the ids that are owed an answer', () => {
    const queue = new EventQueue();
    queue.add(1, event(1), 10);
    queue.add(0, event(2), 20);
    queue.add(7, event(3), 30);
    queue.take();
    expect(queue.clear()).toEqual([7]);
    expect(queue.nextFrame()).toBe(Infinity);
    expect(queue.takeDue().map(({ id }) => id)).toEqual([1]);
  });

  it('does not pile up news that nobody asks for, but owes every acknowledgement', () => {
    const queue = new EventQueue();
    queue.add(9, event(0), 0);
    queue.take();
    for (let i = 0; i < 100_000; i++) {
      queue.add(0, event(i), i);
      queue.take();
    }
    const due = queue.takeDue();
    expect(due.length).toBeLessThanOrEqual(1025);
    expect(due[0]!.id).toBe(9);
    expect(due.at(-1).frame).toBe(99_999);
    expect(due.slice(1).every(({ frame }, i, all) => i === 0 || frame === all[i - 1]!.frame + 1)).toBe(true);
  });
});
