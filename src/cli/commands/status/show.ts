import * as v from "valibot";
import { showMachine } from "../../../usecases/status/machine.ts";
import { showStatus } from "../../../usecases/status/status.ts";
import type { Context } from "../../context.ts";
import { settledApp } from "../../settled-app.ts";
import { wholeApp } from "../../whole-app.ts";
import { streamApp } from "../work/world.ts";
import { machineAnswer, repositoryAnswer } from "./answer.ts";
import { renderMachine } from "./machine.ts";
import { renderRepository } from "./repository.ts";

export const answer = v.variant("scope", [repositoryAnswer, machineAnswer]);
type Answer = v.InferOutput<typeof answer>;

export async function run(ctx: Context): Promise<Answer> {
  const app = await settledApp(ctx);
  if (app.repository === null) return { scope: "machine", repositories: await showMachine(app) };
  const { streams } = streamApp(ctx);
  return { scope: "repository", ...(await showStatus({ ...wholeApp(ctx, app), streams })) } as Answer;
}

export function render(shown: Answer, ctx: Context): string {
  return shown.scope === "machine" ? renderMachine(shown, ctx) : renderRepository(shown, ctx);
}
