/**
 * Changes of one document that several callers of this process want at once, with one of them reading and writing for all (flat combining, as Hendler, Incze,
 * Shavit and Tzafrir call it): sixteen agents whose reports reach the same process cost two or three rounds of the file, not sixteen.
 */
import { fault } from "../process/fault.ts";
import type { HeldDocument, JsonDocument } from "./document.ts";
import { letOthersJoin } from "./joining.ts";
import { sameJson } from "./same-json.ts";

/** One change: the value after it, which is another object, and what to say to whoever wanted it. */
export interface Change<T, A> {
  value: T;
  answer: A;
}

/** A change that somebody waits for. */
interface Waiting<T> {
  /** As its own caller has opened it: who holds the lock, and how long to wait for it. */
  document: JsonDocument<T>;
  /** @returns the value after it, and what to say once that is saved. Throws what is wrong with the change, and then it has not happened. */
  carryOut(value: T): { value: T; tell: () => void };
  refuse(error: unknown): void;
}

/** For each path, those that nobody has begun with yet, as long as one is at work or waits for the lock. */
const queues = new Map<string, Waiting<unknown>[]>();

/** Others come while we save: as the value is at hand by then they are served, too, before the lock is given on. */
const MOST_SAVES = 4;
/** Others come while we make changes, too, and are served before we save. */
const MOST_WAVES = 16;

/**
 * Changes the document, for us and for all of this process that want to meanwhile. Errors: `busy`, `corrupt`, `newer_state`, `io`, and what `carryOut` throws.
 */
export async function changeTogether<T, A>(
  document: JsonDocument<T>,
  carryOut: (value: T) => Change<T, A>,
): Promise<A> {
  return await new Promise<A>((resolve, reject) => {
    const own: Waiting<T> = {
      document,
      carryOut(before) {
        const { value, answer } = carryOut(before);
        return { value, tell: () => resolve(answer) };
      },
      refuse: reject,
    };
    const queue = queues.get(document.path) as Waiting<T>[] | undefined;
    if (queue === undefined) void changeForAll(own);
    else queue.push(own);
  });
}

/** Never rejects: each hears for itself. */
async function changeForAll<T>(first: Waiting<T>): Promise<void> {
  const { document } = first;
  const queue = [first];
  const begun: Waiting<T>[] = [];
  queues.set(document.path, queue);
  try {
    await document.exclusively(async (held) => {
      fault("together:begin");
      let { value } = held;
      for (let saves = 0; queue.length > 0 && saves < MOST_SAVES; saves += 1) {
        value = await changeAndSave(held, value, () => {
          const wave = queue.splice(0);
          begun.push(...wave);
          return wave;
        });
        await letOthersJoin();
      }
    });
  } catch (error) {
    // Those that have been told already do not hear it
    for (const one of [...begun, ...queue.splice(0)]) one.refuse(error);
  } finally {
    queues.delete(document.path);
  }
  const [next, ...others] = queue;
  if (next === undefined) return;
  void changeForAll(next);
  queues.get(document.path)?.push(...(others as Waiting<unknown>[]));
}

/** @returns what was saved */
async function changeAndSave<T>(held: HeldDocument<T>, before: T, takeWave: () => readonly Waiting<T>[]): Promise<T> {
  let value = before;
  const tells: (() => void)[] = [];
  for (let waves = 0; waves < MOST_WAVES; waves += 1) {
    const wave = takeWave();
    if (wave.length === 0) break;
    for (const one of wave) {
      try {
        const change = one.carryOut(value);
        value = change.value;
        tells.push(change.tell);
      } catch (error) {
        one.refuse(error);
      }
    }
    await letOthersJoin();
  }
  if (!sameJson(value, before)) held.save(value);
  fault("together:saved");
  for (const tell of tells) tell();
  return value;
}
