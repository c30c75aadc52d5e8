/**
 * What the audio thread needs of a running network, and the lookup of its ports.
 * `EngineInstance` is one; tests play simpler ones. Used by `latent-source.ts` and `sounder.ts`.
 */

import type { PortLayout, PortRole, VoicePlan } from '../shared/engine-plan.js';
import { PluginError } from '../shared/errors.js';

export interface Network {
  /** The values of a port: a view that stays valid, written or read between steps. */
  input(name: string, voice: number): Float32Array;
  output(name: string, voice: number): Float32Array;
  /** Runs one hop of one voice. Thread: any. Allocates: no. */
  step(voice: number): void;
  /** Streaming state of all voices as after construction. Allocates: no. */
  reset(): void;
}

export function portsOf(ports: readonly PortLayout[], role: PortRole): readonly PortLayout[] {
  return ports.filter((port) => port.role === role);
}

/** The only port of a role. Throws PluginError `model/invalid`. */
export function onlyPort(
  voice: VoicePlan | undefined,
  side: 'inputs' | 'outputs',
  role: PortRole,
): PortLayout {
  const ports = voice ? portsOf(voice[side], role) : [];
  const [port] = ports;
  if (!port || ports.length !== 1) {
    throw new PluginError(
      'model/invalid',
      'This file cannot be played: the network in it is not connected as it should be. The current sound stays on.',
      [`${side} with role ${role}: expected 1, got ${ports.length}`],
    );
  }
  return port;
}
