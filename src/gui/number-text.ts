/**
 * Numbers as a musician reads and types them. Pure; used by controls, the terrain's labels and meters.
 */

/** A real minus sign: as wide as a plus, and not mistaken for a dash. */
const MINUS = '\u2212';

/** `value` with a fixed number of decimals, a real minus, and never a negative zero. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** A number as short as it can be: up to `decimals`, no trailing zeros. */
export function short(value: number, decimals = 2): string {
  return fixed(value, decimals)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/**
 * A parameter's value with its unit.
 * @param unit As in the parameter table: 'ms' turns to seconds from 1000 on; 'dB' carries its sign.
 */
export function formatValue(value: number, unit: string, decimals = 2): string {
  switch (unit) {
    case 'ms':
      return value >= 1000 ? `${fixed(value / 1000, 2)} s` : `${fixed(value, 0)} ms`;
    case 'dB':
      return `${Number(value.toFixed(1)) > 0 ? '+' : ''}${fixed(value, 1)} dB`;
    case '':
      return fixed(value, decimals);
    default:
      return `${fixed(value, decimals)} ${unit}`;
  }
}

/**
 * What a musician typed, in the parameter's unit, or null if it is no number.
 * Takes a decimal comma, any minus, the unit or none, and seconds for milliseconds.
 */
export function parseValue(text: string, unit: string): number | null {
  const match = /^\s*([+-]?)\s*(\d+(?:\.\d*)?|\.\d+)\s*([^\d\s]*)\s*$/.exec(
    text.replace(/[\u2212\u2013]/g, '-').replace(',', '.'),
  );
  if (!match) return null;
  const [, sign, digits, typed] = match;
  const value = Number(digits) * (sign === '-' ? -1 : 1);
  const given = (typed ?? '').toLowerCase();
  if (given === '' || given === unit.toLowerCase()) return value;
  if (unit === 'ms' && given === 's') return value * 1000;
  if (unit === '×' && (given === 'x' || given === '*')) return value;
  return null;
}

/** Parts of a dBFS readout: the level, or what stands for silence. */
export function formatLevel(decibels: number): string {
  return decibels <= -60 ? `${MINUS}∞` : fixed(decibels, 1);
}

/** The size of a file, in the units that file managers use. */
export function formatBytes(bytes: number): string {
  const kilobytes = bytes / 1e3;
  if (kilobytes < 999.5) return `${Math.max(1, Math.round(kilobytes))} kB`;
  const [amount, unit] = bytes < 999.5e6 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

/** A sample rate. */
export function formatRate(hertz: number): string {
  return `${short(hertz / 1000, 3)} kHz`;
}

/** `1 latent`, `16 latents`: a number with its noun. @param many The plural, if it takes more than an s. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
