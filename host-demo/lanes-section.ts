/**
 * The two lanes on the page, what they move, their shapes, undo, and the line that says who plays.
 */
import { element } from './dom.js';
import type { Host } from './host.js';
import { LaneView } from './lane-view.js';
import { lanesOf, SHAPES } from './lanes.js';

export function wireLanes(host: Host): () => void {
  const { performance } = host;
  const { transport } = performance;
  const section = document.querySelector('.lanes') as HTMLElement;
  const who = element('who', 'p');
  const again = element('again', 'button');
  const shape = element('shape', 'select');
  const undo = element('undo', 'button');

  const views = performance.lanes.map((lane, index) => {
    const name = index === 0 ? 'X' : 'Y';
    return new LaneView(element(`lane-${index}`, 'canvas'), lane, name, {
      begin: () => {
        performance.remember();
        // Whoever draws wants to hear the lanes.
        performance.lanesAgain();
        host.changed();
      },
      edited: () => undefined,
    });
  });
  const targets = ([0, 1] as const).map((index) => {
    const select = element(`target-${index}`, 'select');
    select.addEventListener('change', () => host.setTarget(index, select.value || null));
    return select;
  });

  for (const { id, name } of SHAPES) shape.add(new Option(name, id));
  shape.addEventListener('change', () => {
    const chosen = SHAPES.find(({ id }) => id === shape.value);
    // It names what to do, not what is: after drawing, no shape is chosen.
    shape.value = '';
    if (!chosen) return;
    performance.remember();
    performance.setLanes(lanesOf(chosen, transport.beats));
    performance.lanesAgain();
    host.changed();
  });
  again.addEventListener('click', () => {
    performance.lanesAgain();
    element('play', 'button').focus();
  });
  undo.addEventListener('click', () => {
    performance.undo();
    host.changed();
  });

  const picture = (): void => {
    for (const view of views) {
      if (performance.recording && performance.handOn) view.refresh();
      view.show(transport.beat);
    }
    requestAnimationFrame(picture);
  };
  requestAnimationFrame(picture);

  let listed = host.plugin;
  return () => {
    if (listed !== host.plugin) {
      listed = host.plugin;
      for (const select of targets) {
        select.replaceChildren(new Option('nothing', ''));
        for (const { id, label } of Object.values(listed?.parameters ?? {}))
          select.add(new Option(label || id, id));
      }
    }
    targets.forEach((select, index) => (select.value = performance.targets[index]?.id ?? ''));
    undo.disabled = !performance.canUndo;
    again.hidden = !performance.byHand;
    section.classList.toggle('waiting', performance.byHand);
    const words = performance.byHand
      ? 'You play. The lanes wait.'
      : performance.recording
        ? performance.handOn
          ? 'Recording your gesture.'
          : 'Ready to record: drag in the terrain.'
        : transport.playing
          ? 'The lanes play.'
          : '';
    if (who.textContent !== words) who.textContent = words;
    for (const view of views) view.refresh();
  };
}
