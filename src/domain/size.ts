/** Amounts of disk as people read them. */

const UNITS = ["KB", "MB", "GB", "TB"] as const;

/** Three digits at most: `0 KB`, `812 KB`, `4.2 MB`, `1.3 GB`. Powers of 1024, rounded up below one kilobyte. */
export function formatBytes(bytes: number): string {
  let amount = Math.ceil(bytes / 1024);
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const text = amount >= 10 || unit === 0 ? String(Math.round(amount)) : (Math.round(amount * 10) / 10).toFixed(1);
  return `${text} ${UNITS[unit]}`;
}
