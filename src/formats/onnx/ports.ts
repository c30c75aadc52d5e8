/**
 * What the inputs and outputs of an ONNX model are for. ONNX has no words for it, so a convention of names says:
 *
 *   input `state_in:NAME` and output `state_out:NAME` are one streaming state (or metadata `state:INPUT` = OUTPUT);
 *   metadata `role:PORT` = `latent`, `audio`, `position`, `noise`, or `noise:CHANNEL` for the noise of one audio
 *   channel; `distribution:PORT` = `normal` (if not given) or `uniform` for noise; `stored:STATE` = what that state
 *   held when the model was saved, little-endian float32 in base64. (An initialiser that no node reads would make
 *   onnxruntime complain.)
 */

import type { NoiseDistribution, PortRole } from '../../shared/engine-plan.js';
import { decodeBase64, encodeBase64 } from '../preset/base64.js';
import { elementCount, type Shape } from '../../graph/tensor-shape.js';
import { contradictory, Unsupported } from './errors.js';
import { DataType, type OnnxModel, type OnnxValueInfo } from './schema.js';

export interface Port {
  readonly name: string;
  readonly role: PortRole;
  readonly channel?: number;
  readonly distribution?: NoiseDistribution;
}

const STATE_IN = 'state_in:';
const STATE_OUT = 'state_out:';
const STORED = 'stored:';
const ROLE = 'role:';
const STATE = 'state:';
const DISTRIBUTION = 'distribution:';
const roles: readonly string[] = ['latent', 'audio', 'noise', 'position'] satisfies readonly PortRole[];

export function stateInput(state: string): string {
  return STATE_IN + state;
}

export function stateOutput(state: string): string {
  return STATE_OUT + state;
}

/** Metadata key of what a state held; `storedText` is its value. */
export function storedKey(state: string): string {
  return STORED + state;
}

export function storedText({ buffer, byteOffset, byteLength }: Float32Array): string {
  return encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));
}

/** Metadata key of a port's role; `roleText` is its value. */
export function roleKey(port: string): string {
  return ROLE + port;
}

export function roleText({ role, channel }: Omit<Port, 'name'>): string {
  return channel === undefined ? role : `${role}:${channel}`;
}

/** Metadata key of a noise port's distribution. */
export function distributionKey(port: string): string {
  return DISTRIBUTION + port;
}

/** The metadata of a model: what each port is for, which ports are state, and the facts that are left. */
export class PortConvention {
  readonly facts: ReadonlyMap<string, string>;
  private readonly rolesByPort = new Map<string, string>();
  private readonly distributions = new Map<string, string>();
  private readonly outputByState = new Map<string, string>();
  private readonly storedByState = new Map<string, string>();

  constructor(model: OnnxModel) {
    const facts = new Map<string, string>();
    for (const { key = '', value = '' } of model.metadata) {
      if (key.startsWith(ROLE)) this.rolesByPort.set(key.slice(ROLE.length), value);
      else if (key.startsWith(STATE)) this.outputByState.set(key.slice(STATE.length), value);
      else if (key.startsWith(STORED)) this.storedByState.set(key.slice(STORED.length), value);
      else if (key.startsWith(DISTRIBUTION)) this.distributions.set(key.slice(DISTRIBUTION.length), value);
      else facts.set(key, value);
    }
    this.facts = facts;
  }

  /** Whether the file says of any port what it carries. */
  get hasRoles(): boolean {
    return this.rolesByPort.size > 0;
  }

  isNoise(port: string): boolean {
    return this.rolesByPort.get(port)?.startsWith('noise') ?? false;
  }

  /** The output that an input's value comes from in the hop before, or undefined when the input is no state. */
  stateOutput(input: string): string | undefined {
    const declared = this.outputByState.get(input);
    if (declared !== undefined) return declared;
    return input.startsWith(STATE_IN) ? STATE_OUT + input.slice(STATE_IN.length) : undefined;
  }

  /** What the file stored of a state of this shape; undefined if it did not. Throws PluginError when it does not fit. */
  stored(state: string, shape: Shape): Float32Array | undefined {
    const text = this.storedByState.get(state);
    if (text === undefined) return undefined;
    const count = elementCount(shape);
    // Looks at the text's length before it takes memory.
    const bytes = decodeBase64(text, count * 4);
    if (bytes === null) throw contradictory(`${state} (state): what it held is not ${count} numbers`);
    return new Float32Array(bytes.buffer);
  }

  /** Throws Unsupported when nothing says what the port carries. */
  port(name: string): Port {
    const given = this.rolesByPort.get(name) ?? '';
    const [role = '', channel] = given.split(':');
    if (!roles.includes(role))
      throw new Unsupported(
        given === ''
          ? `nothing says what it carries (metadata role:${name}, or a name that starts with ${STATE_IN} or ${STATE_OUT})`
          : `the role "${given}"`,
      );
    if (channel !== undefined && (role !== 'noise' || !/^[01]$/.test(channel)))
      throw new Unsupported(`the role "${given}"`);
    const distribution = this.distributions.get(name);
    if (distribution !== undefined && (role !== 'noise' || !isDistribution(distribution)))
      throw new Unsupported(`the distribution "${distribution}"`);
    return {
      name,
      role: role as PortRole,
      ...(channel === undefined ? {} : { channel: Number(channel) }),
      ...(distribution === undefined ? {} : { distribution }),
    };
  }
}

function isDistribution(text: string): text is NoiseDistribution {
  return text === 'normal' || text === 'uniform';
}

/** The name of the state that an input holds. */
export function stateName(input: string): string {
  return input.startsWith(STATE_IN) ? input.slice(STATE_IN.length) : input;
}

/** The shape of an input. A batch of unnamed size is one; other open sizes cannot stream hop by hop. */
export function inputShape({ name = '', type }: OnnxValueInfo): readonly number[] {
  const tensor = type?.tensor;
  if (tensor?.shape === undefined) throw new Unsupported('an input of unknown shape');
  if (tensor.elementType !== DataType.FLOAT)
    throw new Unsupported(`an input of ONNX type ${tensor.elementType ?? 0} instead of float`);
  return tensor.shape.dimensions.map(({ value, parameter }, axis) => {
    if (value !== undefined) {
      if (!Number.isSafeInteger(value) || value < 1)
        throw contradictory(`${name} (input): axis ${axis} has size ${value}`);
      return value;
    }
    if (axis === 0) return 1;
    throw new Unsupported(
      `an open size${parameter ? ` "${parameter}"` : ''} on axis ${axis}: export it for one hop`,
    );
  });
}
