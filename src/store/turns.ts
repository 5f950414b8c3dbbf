/** Turns among the callers of one process, first come, first served; so that only one of them at a time waits in the kernel. */

/** For each name, what the next one to come has to wait for. */
const tails = new Map<string, Promise<void>>();

/** Waits for the caller's turn at `name` and gives the function that ends it; undefined if that took longer than `waitMs` (asked only if it has to wait). */
export async function takeTurn(name: string, waitMs: () => number): Promise<(() => void) | undefined> {
  const before = tails.get(name);
  let end!: () => void;
  const mine = new Promise<void>((resolve) => {
    end = resolve;
  });
  const tail = before === undefined ? mine : before.then(() => mine);
  tails.set(name, tail);
  void tail.then(() => {
    if (tails.get(name) === tail) tails.delete(name);
  });
  if (before !== undefined && !(await isOverWithin(before, waitMs()))) {
    end();
    return undefined;
  }
  return end;
}

async function isOverWithin(turn: Promise<void>, waitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, waitMs, false);
  });
  try {
    return await Promise.race([turn.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
