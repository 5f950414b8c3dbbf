import { IncrError } from "../../../domain/error.ts";
import { doJob, type JobRequest } from "../../../usecases/job/start.ts";
import { pickTodos } from "../../../usecases/todo/pick.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { harnessIn } from "../agent/harness.ts";
import type { doTodos } from "../job.ts";
import { chooseTodo } from "../session/choose-todo.ts";
import { tellResult } from "./answers.ts";
import { limitsIn } from "./limits.ts";
import { showJobEvents } from "./stream.ts";

export async function run(ctx: Context, { args, flags }: Input<typeof doTodos>): Promise<void> {
  const app = await settledApp(ctx);
  const harness = harnessIn(flags);
  const how: JobRequest = {
    ...(flags.rev === undefined ? {} : { rev: flags.rev }),
    ...(harness === undefined ? {} : { harness }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.agent === undefined ? {} : { agent: flags.agent }),
    here: flags.here,
    fullAccess: flags.fullAccess,
    wait: flags.wait,
    limits: limitsIn(flags),
    onEvent: showJobEvents(ctx, { together: false }),
  };
  const [first, ...more] = args.todoId;
  if (more.length > 0 && flags.title !== undefined)
    throw new IncrError("usage", "give the ids of todos or --title, not both");
  const wanted =
    more.length === 0 || first === undefined
      ? [await chooseTodo(ctx, app, first, flags.title)]
      : // None is begun if one of them does not exist
        (await pickTodos(app, args.todoId)).todos.map(({ id }) => ({ todo: id }));
  let code = 0;
  for (const todo of wanted) {
    const result = await doJob(app, { ...how, ...todo });
    tellResult(ctx, result);
    if (result.kind === "ended" && result.failure !== null) ctx.out.error(result.failure);
    code = worse(code, result.exit_code);
    if (result.exit_code > 128) break;
  }
  ctx.exit(code);
}

/** Somebody told us to stop, one failed, one is paused, all are completed: the first that is so. */
function worse(a: number, b: number): number {
  if (a > 128 || b > 128) return Math.max(a, b);
  if (a === 1 || b === 1) return 1;
  return Math.max(a, b);
}
