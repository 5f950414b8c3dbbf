/** Locks, and what writers left over who died with one. */
import type { LockHealth } from "../../ports/house.ts";
import { problem, type Check, type Problem, type World } from "./finding.ts";

/** The locks of the state and of this repository. */
export const checkLocks: Check = {
  area: "locks",
  needs: {},
  examine: async (world) =>
    (await world.house.checkLocks(commonDirOf(world))).flatMap((lock) => judgeLock(world, lock)),
};

/** A lock is held for moments; one that is held for longer is worth a word. */
const LONG_MS = 60_000;

function judgeLock({ app, house }: World, { path, state, problem: why, holder }: LockHealth): Problem[] {
  if (state === "broken") {
    return [
      problem(path, {
        code: "lock_broken",
        severity: "error",
        message: why ?? `${path} cannot be locked`,
        meaning: "Two commands could save at once, so none of them does.",
        hint: "keep it on a local disk: export INCR_STATE_DIR=<folder>",
      }),
    ];
  }
  if (holder === null) return [];
  const facts = { severity: "note" as const, data: { ...holder } };
  const who = `pid ${holder.pid} (${holder.command}) since ${holder.since}`;
  if (state === "held") {
    if (app.now().getTime() - Date.parse(holder.since) < LONG_MS) return [];
    const meaning = "Others wait for it. The kernel frees it when that process ends.";
    const message = `${path} is held by ${who}`;
    return [problem(path, { code: "lock_held", ...facts, message, meaning, hint: `ps -fp ${holder.pid}` })];
  }
  return [
    problem(path, {
      code: "lock_holder_died",
      ...facts,
      message: `${path} still names ${who}, who died and holds it no more`,
      meaning: "Nobody waits for it; the next one who locks it takes the name away.",
      repair: "takes the name away",
      fix: async () => {
        await house.clearLockHolder(path);
        return "took the name away";
      },
    }),
  ];
}

/** Files that writers left over when they died. */
export const checkLeftovers: Check = {
  area: "left-over files",
  needs: {},
  async examine(world) {
    const found = world.house.listLeftovers(commonDirOf(world));
    if (found.length === 0) return [];
    return [
      problem(found.length === 1 ? (found[0] as string) : `${found.length} files`, {
        code: "leftovers",
        severity: "note",
        message: `left over by commands that were killed: ${found.slice(0, 3).join(", ")}${found.length > 3 ? ", …" : ""}`,
        meaning: "They take room and are never read.",
        repair: "removes them",
        fix: async () => `removed ${(await world.house.sweepLeftovers(commonDirOf(world))).join(", ")}`,
        data: { paths: found },
      }),
    ];
  },
};

function commonDirOf({ app }: World): string | null {
  return app.repository?.location.commonDir ?? null;
}
