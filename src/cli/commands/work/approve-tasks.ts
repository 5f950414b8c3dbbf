import { approveTasksOf, type Approved } from "../../../usecases/stream/approve.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { approveTasks } from "./declare-plan.ts";
import { approveOrRevoke } from "./gate.ts";

export { approveAnswer as answer } from "./answers.ts";
export { renderApproved as render } from "./gate.ts";

export async function run(ctx: Context, { flags }: Input<typeof approveTasks>): Promise<Approved> {
  return await approveOrRevoke(ctx, flags, { gate: "tasks" }, (app) => approveTasksOf(app, flags.stream, flags.force));
}
