/** `incr status`: what is going on here. */
import { command, declareCommand } from "../command.ts";

export const status = declareCommand({
  path: ["status"],
  summary: "See what is going on in this repository, and what needs attention",
  help: "Todos in progress and who has them, workstreams and what runs or waits in them, workspaces with their disk use, branches that are not merged, rescues, workflows; and under `needs attention` whatever does, with the command that deals with it. What provably died is settled first. Outside of a repository: what is active on this machine.",
  examples: [{ run: "incr status" }, { run: "incr status --json", note: "the same for programs" }],
  json: "status",
});

export const commands = [command(status, () => import("./status/show.ts"))];
