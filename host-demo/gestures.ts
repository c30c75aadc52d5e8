/**
 * Hears a plugin's gestures, and nothing but gestures, by the WAM standard's own way: a WAM without sound, in the
 * plugin's group, to which the plugin's events are connected. The host cannot listen to the plugin's node instead:
 * that reports playback and gestures alike, and a host that recorded its own playback would chase its tail.
 */
import { addFunctionModule } from '@webaudiomodules/sdk';

/** A value that the musician gave a parameter by hand. */
export interface Gesture {
  readonly id: string;
  readonly value: number;
  /** Whether `value` runs from 0 to 1 instead of over the parameter's own range. */
  readonly normalized: boolean;
  /** When it counts, in seconds of the context's clock. */
  readonly time: number;
}

const PROCESSOR = 'latent-terrain-host-gesture-listener';

export interface GestureListener {
  /** The address for `connectEvents`. */
  readonly instanceId: string;
}

/**
 * @param groupId the plugin's group, as `initializeWamHost` gave it
 * Resolves when the audio thread knows the listener: only then can events be connected to it.
 */
export async function listenForGestures(
  context: BaseAudioContext,
  groupId: string,
  heard: (gesture: Gesture) => void,
): Promise<GestureListener> {
  await addFunctionModule(context.audioWorklet, installListener, PROCESSOR);
  const instanceId = `${PROCESSOR}-${crypto.randomUUID()}`;
  const node = new AudioWorkletNode(context, PROCESSOR, {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    processorOptions: { groupId, instanceId },
  });
  await new Promise<void>((ready) => {
    node.port.onmessage = ({ data }: MessageEvent<Gesture | 'ready'>) => {
      if (data === 'ready') ready();
      else heard(data);
    };
  });
  return { instanceId };
}

/** What the audio thread offers to the function below; the page's types do not know that world. */
interface AudioThread {
  readonly currentTime: number;
  readonly AudioWorkletProcessor: new () => { readonly port: MessagePort };
  readonly webAudioModules: { addWam(wam: unknown): void };
  registerProcessor(name: string, processor: unknown): void;
}

/** Runs on the audio thread: its text is sent there, so it must not use anything around it. */
function installListener(name: string): void {
  const thread = globalThis as unknown as AudioThread;
  class Listener extends thread.AudioWorkletProcessor {
    readonly groupId: string;
    readonly instanceId: string;
    constructor(options: { processorOptions: { groupId: string; instanceId: string } }) {
      super();
      this.groupId = options.processorOptions.groupId;
      this.instanceId = options.processorOptions.instanceId;
      thread.webAudioModules.addWam(this);
      this.port.postMessage('ready');
    }
    /** The group calls this with what the plugin emits. */
    scheduleEvents(...events: { type: string; time?: number; data: Omit<Gesture, 'time'> }[]): void {
      for (const { type, time, data } of events) {
        if (type !== 'wam-automation') continue;
        const { id, value, normalized } = data;
        this.port.postMessage({
          id,
          value,
          normalized: normalized === true,
          time: time ?? thread.currentTime,
        });
      }
    }
    process(): boolean {
      return true;
    }
  }
  thread.registerProcessor(name, Listener);
}
