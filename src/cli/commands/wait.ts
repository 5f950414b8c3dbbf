/** `incr wait`: stands alone, since it is about sessions of all kinds, and what is carried out of workstreams. */
import { command, declareCommand } from "../command.ts";

export const wait = declareCommand({
  path: ["wait"],
  summary: "Wait until work sessions, agent sessions, jobs, threads and workstreams have ended",
  help: "A thread is named by its id, such as 1.2.3, of the current workstream, or 001-login/1.2.3 of another one. It has ended when its run has; one that has not begun is waited for while somebody carries out batches of its stream. A workstream, such as 001-login, has ended when nobody carries out batches of it any more and none of its threads runs: completed if that was all that was asked for, failed if a thread did not come to its end; an approval that it waits for, or a merge that conflicts, needs attention.\n\nWhoever is part of what they would wait for, such as the command of a run of its own session, is refused.\n\nExit codes: 0 all completed, 1 one failed, was killed or abandoned, or the wait was refused, 3 an id is not known, 7 one needs attention, 124 the time was over.",
  args: {
    id: {
      description: "Ids of sessions, agent sessions, jobs, threads and workstreams, or the starts of them",
      required: true,
      variadic: true,
      complete: "waitable",
    },
  },
  flags: { timeout: { type: "duration", value: "TIME", description: "Give up after this long" } },
  examples: [
    { run: "incr wait k3j2 m4d7 --timeout 10m" },
    { run: "incr wait 001-login", note: "behind work multi --continue --detach" },
  ],
  json: "wait",
});

export const commands = [command(wait, () => import("./wait/wait.ts"))];
