/**
 * Drops what no output port depends on: nodes, constants, and states that are only fed by themselves.
 * Input ports stay, used or not, since hosts feed them. Renumbers the values that are left.
 */

import type { AnyNode, Graph, ValueId } from '../graph.js';

/** The same graph object when there is nothing to drop. */
export function dropDeadCode(graph: Graph): Graph {
  const live = liveValues(graph);
  if (graph.values.every((_, value) => live.has(value))) return graph;

  const renumbered = new Map<ValueId, ValueId>();
  graph.values.forEach((_, value) => {
    if (live.has(value)) renumbered.set(value, renumbered.size);
  });
  const id = (value: ValueId): ValueId => renumbered.get(value)!;
  return {
    ...graph,
    values: graph.values.filter((_, value) => live.has(value)),
    inputs: graph.inputs.map((port) => ({ ...port, value: id(port.value) })),
    outputs: graph.outputs.map((port) => ({ ...port, value: id(port.value) })),
    states: graph.states
      .filter(({ input }) => live.has(input))
      .map((state) => ({ ...state, input: id(state.input), output: id(state.output) })),
    constants: new Map(
      [...graph.constants]
        .filter(([value]) => live.has(value))
        .map(([value, numbers]) => [id(value), numbers]),
    ),
    nodes: graph.nodes
      .filter((node) => isLive(node, live))
      .map((node) => ({
        ...node,
        inputs: node.inputs.map((input) => (input === null ? null : id(input))),
        outputs: node.outputs.map(id),
      })),
  };
}

function isLive(node: AnyNode, live: ReadonlySet<ValueId>): boolean {
  return node.outputs.some((output) => live.has(output));
}

function liveValues(graph: Graph): Set<ValueId> {
  const live = new Set([...graph.inputs, ...graph.outputs].map(({ value }) => value));
  for (let size = -1; size !== live.size;) {
    size = live.size;
    for (const { input, output } of graph.states) if (live.has(input)) live.add(output);
    for (let n = graph.nodes.length - 1; n >= 0; n--) {
      const node = graph.nodes[n]!;
      if (!isLive(node, live)) continue;
      for (const value of [...node.inputs, ...node.outputs]) if (value !== null) live.add(value);
    }
  }
  return live;
}
