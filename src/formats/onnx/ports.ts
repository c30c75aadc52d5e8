/**
 * What the inputs and outputs of an ONNX model are for. ONNX has no words for it, so a convention of names says:
 *
 *   input `state_in:NAME` and output `state_out:NAME` are one streaming state (or metadata `state:INPUT` = OUTPUT);
 *   initialiser `state_stored:NAME`: what that state held when the model was saved, if that matters;
 *   metadata `role:PORT` = `latent`, `audio`, `position`, `noise`, or `noise:CHANNEL` for the noise of one audio
 *   channel; `distribution:PORT` = `normal` (if not given) or `uniform` for noise.
 */

import type { NoiseDistribution, PortRole } from '../../shared/engine-plan.js';
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
const STATE_STORED = 'state_stored:';
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

export function storedState(state: string): string {
  return STATE_STORED + state;
}

export function isStoredState(initializer: string): boolean {
  return initializer.startsWith(STATE_STORED);
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

  constructor(model: OnnxModel) {
    const facts = new Map<string, string>();
    for (const { key = '', value = '' } of model.metadata) {
      if (key.startsWith(ROLE)) this.rolesByPort.set(key.slice(ROLE.length), value);
      else if (key.startsWith(STATE)) this.outputByState.set(key.slice(STATE.length), value);
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
