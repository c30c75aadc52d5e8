/**
 * Kernels that pick one of several: by a condition, by an index, the greatest.
 */

import { address, bytes, flush4, real, storeLanes, word } from './lanes';

/** target = a where the condition is not 0, else b. What is not taken never shows, whatever it is. */
export function select(job: usize): void {
  const rows = <usize>word(job, 5);
  const columns = word(job, 6);
  const conditionMoves = word(job, 11) != 0;
  const aMoves = word(job, 12) != 0;
  const bMoves = word(job, 13) != 0;
  const threshold = f32x4.splat(real(job, 14));
  for (let row: usize = 0; row < rows; row++) {
    let out = address(job, 1) + row * bytes(job, 7);
    let c = address(job, 2) + row * bytes(job, 8);
    let p = address(job, 3) + row * bytes(job, 9);
    let q = address(job, 4) + row * bytes(job, 10);
    let condition = v128.load_splat<f32>(c);
    let a = v128.load_splat<f32>(p);
    let b = v128.load_splat<f32>(q);
    for (let left = columns; left > 0; left -= 4) {
      if (conditionMoves) condition = v128.load(c);
      if (aMoves) a = v128.load(p);
      if (bMoves) b = v128.load(q);
      const taken = v128.bitselect(a, b, f32x4.ne(condition, f32x4.splat(0)));
      storeLanes(out, flush4(taken, threshold), left);
      out += 16;
      c += 16;
      p += 16;
      q += 16;
    }
  }
}

/** Copies rows of the table. Every index leads to a row: it is rounded and clamped, NaN is 0. */
export function gather(job: usize): void {
  const table = address(job, 2);
  const index = address(job, 3);
  const count = <usize>word(job, 4);
  const last = <f32>(word(job, 5) - 1);
  const columns = word(job, 6);
  const threshold = f32x4.splat(real(job, 9));
  for (let i: usize = 0; i < count; i++) {
    const given = nearest<f32>(load<f32>(index + (i << 2)));
    // Written so that NaN fails the first comparison.
    const row = given > 0 ? min<f32>(given, last) : 0;
    let out = address(job, 1) + i * bytes(job, 7);
    let x = table + <usize>row * bytes(job, 8);
    for (let left = columns; left > 0; left -= 4) {
      storeLanes(out, flush4(v128.load(x), threshold), left);
      out += 16;
      x += 16;
    }
  }
}

/** The greatest over the middle of three loops, or the index of the first one; NaN is greater than anything. */
export function maxima(job: usize): void {
  const outer = <usize>word(job, 3);
  const count = word(job, 4);
  const inner = word(job, 5);
  const targetInner = bytes(job, 7);
  const pitch = bytes(job, 9);
  const sourceInner = bytes(job, 10);
  const wantsIndex = word(job, 11) != 0;
  const rows = inner == 1 || (targetInner == 4 && sourceInner == 4);
  for (let o: usize = 0; o < outer; o++) {
    const target = address(job, 1) + o * bytes(job, 6);
    const source = address(job, 2) + o * bytes(job, 8);
    // Four neighbours at once where they lie side by side, else one at a time.
    for (let i = 0; i < inner; i += rows ? 4 : 1) {
      let p = source + <usize>i * sourceInner;
      let greatest = v128.load(p);
      let index = f32x4.splat(0);
      for (let k = 1; k < count; k++) {
        p += pitch;
        const x = v128.load(p);
        const newNaN = v128.and(f32x4.ne(x, x), f32x4.eq(greatest, greatest));
        const better = v128.or(f32x4.gt(x, greatest), newNaN);
        greatest = v128.bitselect(x, greatest, better);
        index = v128.bitselect(f32x4.splat(<f32>k), index, better);
      }
      storeLanes(target + <usize>i * targetInner, wantsIndex ? index : greatest, rows ? inner - i : 1);
    }
  }
}
