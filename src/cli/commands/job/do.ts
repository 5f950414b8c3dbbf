import { IncrError } from "../../../domain/error.ts";
import type { App } from "../../../usecases/app.ts";
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
    throw new IncrError("usage", "give the ids of todos or --title, not both", { hint: "leave one of them out" });
  const wanted =
    more.length === 0 || first === undefined
      ? [await chooseTodo(ctx, app, first, flags.title)]
      : // None is begun if one of them does not exist
        (await pickTodos(app, args.todoId)).todos.map(({ id }) => ({ todo: id }));
  let code = 0;
  for (const todo of wanted) {
    const exitCode = await doOne(ctx, app, { ...how, ...todo }, wanted.length > 1);
    code = worse(code, exitCode);
    if (exitCode > 128) break;
  }
  ctx.exit(code);
}

/** @param more of several, one that cannot be begun does not keep the others from being done */
async function doOne(ctx: Context, app: App, request: JobRequest, more: boolean): Promise<number> {
  try {
    const result = await doJob(app, request);
    tellResult(ctx, result);
    if (result.kind === "ended" && result.failure !== null) ctx.out.error(result.failure);
    return result.exit_code;
  } catch (error) {
    if (!more || !(error instanceof IncrError)) throw error;
    ctx.out.error(error);
    return 1;
  }
}

/** Somebody told us to stop, one failed, one is paused, all are completed: the first that is so. */
function worse(a: number, b: number): number {
  if (a > 128 || b > 128) return Math.max(a, b);
  if (a === 1 || b === 1) return 1;
  return Math.max(a, b);
}
