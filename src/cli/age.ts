/** How long ago, at a glance. */

const STEPS = [
  [31_536_000, "y"],
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
  [1, "s"],
] as const;

/** The largest unit that fits: `45s`, `3m`, `2h`, `5d`. Times in the future (another machine's clock) are `now`. */
export function formatAge(time: string | Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - new Date(time).getTime()) / 1000);
  for (const [size, unit] of STEPS) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return "now";
}

/** The same in a sentence: `3m ago`, `just now`. */
export function formatAgo(time: string | Date, now: Date): string {
  const age = formatAge(time, now);
  return age === "now" ? "just now" : `${age} ago`;
}
