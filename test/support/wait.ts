/** Waiting for a condition instead of a time. */
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Calls `condition` until it returns something truthy, and returns that. Fails after `timeout` milliseconds (60 s), naming `what` was waited for and the
 * last error that the condition threw.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeout = 60_000, interval = 15 }: { timeout?: number; interval?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeout;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeout} ms in vain for ${what}`, lastError === undefined ? {} : { cause: lastError });
    }
    await sleep(interval);
  }
}
