/**
 * Renders the lanes through fresh instances of the plugins, faster than they play, into samples.
 * The live plugins are not touched: they only lend their states. Used by the host.
 */
import { initializeWamHost } from '@webaudiomodules/sdk';
import type { WamNode, WamParameterDataMap, WebAudioModule } from '@webaudiomodules/api';
import { STEPS_PER_BEAT } from './lanes.js';
import type { Lane } from './lanes.js';
import { automation } from './performance.js';
import type { LaneTarget } from './performance.js';
import { HostError, retireWam, startWam } from './wam.js';
import type { WamFactory } from './wam.js';

export interface BounceOrder {
  /** The chain, in order of the sound: the plugin, then the effect if one is on. */
  readonly chain: readonly { readonly factory: WamFactory; readonly state: unknown }[];
  readonly lanes: readonly [Lane, Lane];
  readonly targets: readonly [LaneTarget | null, LaneTarget | null];
  readonly tempo: number;
  /** How often the loop is played. */
  readonly loops: number;
  readonly sampleRate: number;
  /** Linear. */
  readonly gain: number;
}

const PROGRESS_SECONDS = 0.5;
/** An hour of stereo is more than a page may hold. */
const MAX_SECONDS = 1800;

/**
 * @param progress hears 0..1
 * @param signal ends the work; the promise rejects with its reason
 * @returns stereo
 */
export async function bounce(
  order: BounceOrder,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<AudioBuffer> {
  const secondsPerStep = 60 / order.tempo / STEPS_PER_BEAT;
  const steps = order.lanes[0].values.length * order.loops;
  const seconds = steps * secondsPerStep;
  if (seconds > MAX_SECONDS)
    throw new HostError('This bounce is longer than half an hour. Take fewer loops.');
  const context = new OfflineAudioContext(2, Math.round(seconds * order.sampleRate), order.sampleRate);
  const [groupId] = await initializeWamHost(context);
  const wams: WebAudioModule[] = [];
  try {
    for (const { factory, state } of order.chain) wams.push(await startWam(factory, groupId, context, state));
    const output = new GainNode(context, { gain: order.gain });
    output.connect(context.destination);
    wams.forEach((wam, index) => wam.audioNode.connect(wams[index + 1]?.audioNode ?? output));
    signal.throwIfAborted();

    const node = wams[0]?.audioNode;
    if (node) {
      await placeAtStart(node, order);
      order.targets.forEach((target, index) => {
        if (!target) return;
        const lane = order.lanes[index] as Lane;
        let last = NaN;
        for (let step = 0; step < steps; step++) {
          const value = lane.at(step / STEPS_PER_BEAT);
          if (value !== last) node.scheduleEvents(automation(target, value, step * secondsPerStep));
          last = value;
        }
      });
      // An answer means that all events before the question have arrived; without it, rendering would start first.
      await node.getParameterValues();
    }
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    for (let time = PROGRESS_SECONDS; time < seconds; time += PROGRESS_SECONDS) {
      void context.suspend(time).then(() => {
        progress(time / seconds);
        // An offline context cannot be stopped: cancelled, it stays suspended and is collected.
        if (!signal.aborted) void context.resume();
      });
    }
    return await Promise.race([context.startRendering(), aborted]);
  } finally {
    for (const wam of wams) retireWam(wam);
  }
}

/**
 * Puts the plugin where the lanes begin, without a glide from where it happened to be when it was asked for its state:
 * a parameter that is set may glide, one that a state brings does not.
 */
async function placeAtStart(node: WamNode, { targets, lanes }: BounceOrder): Promise<void> {
  const values: WamParameterDataMap = {};
  targets.forEach((target, index) => {
    if (target) values[target.id] = automation(target, lanes[index as 0 | 1].at(0), 0).data;
  });
  await node.setParameterValues(values);
  await node.setState((await node.getState()) as unknown);
}
