/**
 * How the Graph says that a network breaks its own rules: one PluginError that names the op, the axis,
 * what was expected, what was there, and where in the model file it came from.
 * Used by the shape rules, the builder and the verifier.
 */

import { PluginError } from '../shared/errors.js';

/** Where a complaint belongs: the op and its node in the model file. */
export interface Site {
  readonly op: string;
  readonly origin: string;
}

const MESSAGE =
  'This model contradicts itself, so it cannot be played. The file may be damaged or made for another program: ' +
  'export it again or try another. Your current sound goes on.';

/** The error for a graph that breaks its rules; `finding` is one line for developers. */
export function invalid(site: Site, finding: string): PluginError {
  return new PluginError('model/invalid', MESSAGE, [`${site.op} (${site.origin}): ${finding}`]);
}

/** Throws unless `got` is `expected`; `what` names the compared thing, for instance an axis. */
export function expectEqual(site: Site, what: string, expected: number, got: number): void {
  if (expected !== got) throw invalid(site, `${what}: expected ${expected}, got ${got}`);
}

/** Throws `finding` unless `condition` holds. */
export function expectThat(site: Site, condition: boolean, finding: string): asserts condition {
  if (!condition) throw invalid(site, finding);
}
