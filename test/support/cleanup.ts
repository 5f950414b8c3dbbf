/** What a test file leaves behind is put away at its end, newest first. */
type Cleanup = () => void | Promise<void>;

const cleanups: Cleanup[] = [];

/** Registers what to do when the test file has ended; runs in reverse order of registration. */
export function onCleanup(cleanup: Cleanup): void {
  cleanups.push(cleanup);
}

/** Runs every registered clean-up, all of them even if one fails, and then reports the first failure. */
export async function runCleanups(): Promise<void> {
  const failures: unknown[] = [];
  for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
    try {
      await cleanup();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
