/** For the threads whose types know no Blob: they pass it by, in messages that are not theirs. */
interface Blob {
  readonly size: number;
}
