/**
 * Lets everything that was posted right before `startRendering()` count from frame 0.
 *
 * Chromium delivers no message to a worklet while an OfflineAudioContext renders: a state or automation posted without
 * awaiting would arrive at the last frame, or in part. So the context is suspended once at frame 0, where messages do
 * arrive; when every plugin's processor has answered a round trip, rendering goes on. A second suspend at the same frame
 * throws, so all instances share one, also those of another build of the plugin on the same page.
 * Thread: main.
 */

/** Resolves when the processor has handled all that was posted to it before. */
export type RoundTrip = () => Promise<unknown>;

interface Flush {
  readonly participants: Set<RoundTrip>;
}

const REGISTRY = Symbol.for('io.github.latent-terrain/offline-flush/1');

function registry(): WeakMap<BaseAudioContext, Flush> {
  const page = globalThis as { [REGISTRY]?: WeakMap<BaseAudioContext, Flush> };
  return (page[REGISTRY] ??= new WeakMap());
}

// Not instanceof: the context may come from another frame of the page.
function isOffline(context: BaseAudioContext): context is OfflineAudioContext {
  return 'startRendering' in context;
}

/**
 * Take part in the flush of an offline context; nothing for a live one. Call it before rendering starts.
 * @returns leaves the flush.
 */
export function joinOfflineFlush(context: BaseAudioContext, roundTrip: RoundTrip): () => void {
  if (!isOffline(context)) return () => {};
  const flushes = registry();
  let flush = flushes.get(context);
  if (!flush) {
    flush = { participants: new Set() };
    flushes.set(context, flush);
    arrange(context, flush);
  }
  const { participants } = flush;
  participants.add(roundTrip);
  return () => void participants.delete(roundTrip);
}

function arrange(context: OfflineAudioContext, flush: Flush): void {
  // Firefox has no suspend(time); a host may have taken frame 0 for itself. Then what was awaited still counts.
  if (typeof context.suspend !== 'function') return;
  context.suspend(0).then(
    async () => {
      await Promise.allSettled([...flush.participants].map((roundTrip) => roundTrip()));
      await context.resume();
    },
    () => {},
  );
}
