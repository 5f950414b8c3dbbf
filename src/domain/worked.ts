/**
 * How long something was worked on, all of its runs together. Exact to the millisecond as long as it can go on, so that nothing adds up over many runs; when it
 * ends, `duration_seconds` gets whole seconds, which is what other readers of the shared state expect.
 */

interface Runs {
  created_at?: string;
  started_at?: string | undefined;
  /** When the run began that is the last one now, unless it is the first. */
  resumed_at?: string | undefined;
  /** Of the runs before that one. */
  earlier_seconds?: number | undefined;
}

/** Seconds up to `until` (ISO time), with a fraction. */
export function secondsUntil(runs: Runs, until: string): number {
  const since = runs.resumed_at ?? runs.started_at ?? runs.created_at ?? until;
  const milliseconds = Math.max(0, Date.parse(until) - Date.parse(since));
  // Sums of fractions have no meaning beyond a millisecond.
  return Math.round((runs.earlier_seconds ?? 0) * 1000 + milliseconds) / 1000;
}

/**
 * Seconds that one which has ended was worked on: what its `duration_seconds` was rounded from, as far as its record tells. The time up to the end does not
 * count if it was paused then, and nobody knows how others have counted: then those seconds stand.
 */
export function secondsInAll(
  ended: Runs & { completed_at?: string | undefined; duration_seconds?: number | undefined },
): number {
  const { completed_at, duration_seconds = 0, earlier_seconds = 0 } = ended;
  const candidates = [
    completed_at === undefined ? earlier_seconds : secondsUntil(ended, completed_at),
    earlier_seconds,
  ];
  return candidates.find((exact) => Math.round(exact) === duration_seconds) ?? duration_seconds;
}
