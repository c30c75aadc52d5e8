/**
 * Entry of the kernels (AssemblyScript, not TypeScript): walks a job table in linear memory. No runtime, no static
 * data, no allocation; everything it touches is named by a job. See `job-codes.ts` for the table.
 */

import {
  JOB_BINARY, JOB_COPY, JOB_DEPTHWISE, JOB_GATHER, JOB_MATRIX, JOB_MAXIMA, JOB_NORMALISE, JOB_OVERLAP_ADD,
  JOB_REDUCE, JOB_SELECT, JOB_UNARY, JOB_WORDS,
} from './job-codes';
import { depthwise, overlapAdd } from './convolution';
import { matrix } from './matrix';
import { gather, maxima, select } from './picks';
import { binary, copy, normalise, reduce, unary } from './rows';

export function run(jobs: usize, count: i32): void {
  for (; count > 0; count--) {
    switch (load<i32>(jobs)) {
      case JOB_COPY: copy(jobs); break;
      case JOB_UNARY: unary(jobs); break;
      case JOB_BINARY: binary(jobs); break;
      case JOB_MATRIX: matrix(jobs); break;
      case JOB_DEPTHWISE: depthwise(jobs); break;
      case JOB_OVERLAP_ADD: overlapAdd(jobs); break;
      case JOB_NORMALISE: normalise(jobs); break;
      case JOB_REDUCE: reduce(jobs); break;
      case JOB_MAXIMA: maxima(jobs); break;
      case JOB_SELECT: select(jobs); break;
      case JOB_GATHER: gather(jobs); break;
    }
    jobs += JOB_WORDS << 2;
  }
}
