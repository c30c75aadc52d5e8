/**
 * Checks a Graph against its own rules, after building and after every pass, so that a mistake shows where it is made.
 * Does not judge whether the engine can play it.
 */

import { PluginError } from '../shared/errors.js';
import { expectEqual, expectThat, invalid, type Site } from './errors.js';
import type { AnyNode, Graph, ValueId } from './graph.js';
import { checkShape, inferShapes } from './shapes.js';
import { allFinite, elementCount, formatShape, sameShape } from './tensor-shape.js';

/**
 * Throws PluginError('model/invalid') unless every value has one definition that comes before its uses, shapes follow
 * the shape rules, states keep their shape, ports are sound, and caches are theirs alone; 'model/not-finite' when a
 * constant holds NaN or infinity.
 */
export function verify(graph: Graph): void {
  const defined = verifySources(graph);
  for (const node of graph.nodes) verifyNode(graph, node, defined);
  verifyEnds(graph, defined);
  verifyCaches(graph);
}

/** Constants that were looked through: they never change, and each pass hands most of them on. */
const finite = new WeakSet<Float32Array>();

/** Constants, inputs and states' inputs: everything that is there before the first node. */
function verifySources(graph: Graph): Set<ValueId> {
  const defined = new Set<ValueId>();
  const names = new Set<string>();
  for (const { name, shape } of graph.values) {
    const site = { op: 'value', origin: name };
    expectThat(site, !names.has(name), 'two values have this name');
    names.add(name);
    checkShape(shape, site);
  }
  for (const [value, numbers] of graph.constants) {
    const site = { op: 'constant', origin: nameOf(graph, value) };
    define(graph, value, defined, site);
    expectEqual(site, 'elements', elementCount(graph.values[value]!.shape), numbers.length);
    if (finite.has(numbers)) continue;
    if (!allFinite(numbers)) throw notFinite(site);
    finite.add(numbers);
  }
  for (const { name, value } of graph.inputs) define(graph, value, defined, { op: 'input', origin: name });
  for (const { name, input } of graph.states) define(graph, input, defined, { op: 'state', origin: name });
  return defined;
}

function verifyNode(graph: Graph, node: AnyNode, defined: Set<ValueId>): void {
  const site = { op: node.op, origin: node.origin };
  for (const input of node.inputs)
    if (input !== null)
      expectThat(site, defined.has(input), `uses ${nameOf(graph, input)} before it is defined`);
  const shapes = inferShapes(
    node.op,
    node.inputs.map((input) => (input === null ? null : graph.values[input]!.shape)),
    node.attributes,
    node.origin,
  );
  expectEqual(site, 'outputs', shapes.length, node.outputs.length);
  node.outputs.forEach((output, index) => {
    define(graph, output, defined, site);
    const { name, shape } = graph.values[output]!;
    const expected = shapes[index]!;
    expectThat(
      site,
      sameShape(expected, shape),
      `shape of ${name}: expected ${formatShape(expected)}, got ${formatShape(shape)}`,
    );
  });
}

function verifyEnds(graph: Graph, defined: Set<ValueId>): void {
  const ports = new Set<string>();
  for (const [kind, list] of [['input', graph.inputs] as const, ['output', graph.outputs] as const])
    for (const { name, value, role, channel, distribution } of list) {
      const site = { op: kind, origin: name };
      expectThat(site, defined.has(value), 'nothing computes it');
      expectThat(site, !ports.has(name), 'two ports have this name');
      ports.add(name);
      if (channel !== undefined)
        expectThat(site, Number.isInteger(channel) && channel >= 0, `channel is ${channel}`);
      if (distribution !== undefined)
        expectThat(site, kind === 'input' && role === 'noise', 'has a distribution but takes no noise');
    }
  const states = new Set<string>();
  for (const { name, input, output, stored } of graph.states) {
    const site = { op: 'state', origin: name };
    expectThat(site, defined.has(output), 'nothing computes its next value');
    expectThat(site, !states.has(name), 'two states have this name');
    states.add(name);
    const before = graph.values[input]!.shape;
    const after = graph.values[output]!.shape;
    expectThat(
      site,
      sameShape(before, after),
      `expected ${formatShape(before)} for the next hop, got ${formatShape(after)}`,
    );
    if (stored === undefined) continue;
    expectEqual(site, 'stored elements', elementCount(before), stored.length);
    expectThat(site, allFinite(stored), 'stores NaN or infinity');
  }
}

/**
 * A cached convolution owns its state: input 1 is a state's input, output 1 is what that state becomes, and nobody
 * else sees either. Back ends may therefore keep it as they like, for instance as a ring.
 */
function verifyCaches(graph: Graph): void {
  if (!graph.nodes.some((node) => isCached(node))) return;
  const uses = countUses(graph);
  const nextOf = new Map(graph.states.map(({ input, output }) => [input, output]));
  for (const node of graph.nodes) {
    if (!isCached(node)) continue;
    const site = { op: node.op, origin: node.origin };
    const [before, after] = [node.inputs[1]!, node.outputs[1]!];
    expectThat(site, nextOf.get(before) === after, 'its cache is not the input and output of one state');
    expectThat(site, uses.get(before) === 1 && uses.get(after) === 1, 'its cache is used elsewhere');
  }
}

function isCached(node: AnyNode): boolean {
  return node.op === 'cached_conv1d' || node.op === 'cached_conv_transpose1d';
}

function countUses(graph: Graph): Map<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const count = (value: ValueId | null): void => {
    if (value !== null) uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const port of graph.outputs) count(port.value);
  for (const state of graph.states) count(state.output);
  return uses;
}

function define(graph: Graph, value: ValueId, defined: Set<ValueId>, site: Site): void {
  if (graph.values[value] === undefined) throw invalid(site, `there is no value ${value}`);
  expectThat(site, !defined.has(value), `defines ${nameOf(graph, value)} a second time`);
  defined.add(value);
}

function nameOf(graph: Graph, value: ValueId): string {
  return graph.values[value]?.name ?? `value ${value}`;
}

function notFinite({ op, origin }: Site): PluginError {
  return new PluginError(
    'model/not-finite',
    'This model holds weights that are not numbers, so it would give no sound. The training may have failed: ' +
      'export it again or try another. Your current sound goes on.',
    [`${op} (${origin}): NaN or infinity`],
  );
}
