/** `incr journal …`: looking back. */
import { command, declareCommand } from "../command.ts";

export const list = declareCommand({
  path: ["journal", "list"],
  summary: "List the sessions of the journal, the newest first",
  flags: {
    limit: { type: "int", min: 1, default: 20, value: "N", description: "At most so many past sessions" },
    all: { type: "boolean", description: "All of them" },
  },
  examples: [{ run: "incr journal list" }, { run: "incr journal list --all --json" }],
  json: "journal_list",
});

export const show = declareCommand({
  path: ["journal", "show"],
  summary: "Show a session: notes, commits, files, todos",
  args: {
    id: {
      description: "Id of the session, or the start of it; without it the running one, else the last",
      complete: "journal_session",
    },
  },
  examples: [{ run: "incr journal show" }, { run: "incr journal show 2026-01-07-T1430" }],
  json: "journal_show",
});

export const search = declareCommand({
  path: ["journal", "search"],
  summary: "Find words in notes, summaries and todos",
  help: "Finds the sessions that hold all of the words, letter case ignored.",
  args: { words: { required: true, variadic: true, description: "Each of them has to be there" } },
  examples: [{ run: "incr journal search jwt auth" }, { run: "incr journal search 'rate limit'", note: "a phrase" }],
  json: "journal_search",
});

export const commands = [
  command(list, () => import("./journal/list.ts")),
  command(show, () => import("./journal/show.ts")),
  command(search, () => import("./journal/search.ts")),
];
export const help =
  "The journal is in `.work-shell/` of the main checkout, whatever worktree one stands in. `incr hello` begins a session, `incr log` notes something, `incr bye` ends it.";
