import { requirePartId } from "../../../domain/stream/id.ts";
import { approveStageOf, type Approved } from "../../../usecases/stream/approve.ts";
import type { Input } from "../../command.ts";
import type { Context } from "../../context.ts";
import type { approveStage } from "./declare-plan.ts";
import { approveOrRevoke } from "./gate.ts";

export { approveAnswer as answer } from "./answers.ts";
export { renderApproved as render } from "./gate.ts";

export async function run(ctx: Context, { args, flags }: Input<typeof approveStage>): Promise<Approved> {
  const stage = Number(requirePartId(args.number, "stage"));
  return await approveOrRevoke(ctx, flags, { gate: "stage", stage }, (app) =>
    approveStageOf(app, flags.stream, stage, flags.force),
  );
}
