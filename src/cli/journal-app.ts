import { realpathSync } from "node:fs";
import { findRepository } from "../git/repository.ts";
import { openJournal } from "../journal/open.ts";
import type { JournalApp } from "../usecases/journal/change.ts";
import type { Context } from "./context.ts";
import { utcOffset, whoIs } from "./who.ts";

/** The part of the world that the journal needs, for its commands: a note, and more so a hook, must not wait until all the rest is composed. */
export function journalApp(ctx: Pick<Context, "cwd" | "env" | "now" | "notify">): JournalApp {
  const { env, now, notify } = ctx;
  const cwd = realpathSync.native(ctx.cwd);
  const location = findRepository(cwd);
  const git = async () => (await import("../git/git.ts")).createGit(cwd, env);
  const holder = ["incr", ...process.argv.slice(2)].join(" ");
  return {
    now,
    notify,
    utcOffset,
    journal: openJournal({ cwd, location, git, utcOffset, holder, notify, now }),
    caller: { who: whoIs(env) },
  };
}
