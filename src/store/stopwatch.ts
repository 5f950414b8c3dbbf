/** Milliseconds since some moment in the past, never backwards. `performance` tells the same, and takes a millisecond to load. */
export function stopwatch(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
