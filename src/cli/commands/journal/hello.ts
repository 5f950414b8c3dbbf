import type * as v from "valibot";
import { IncrError } from "../../../domain/error.ts";
import type { App } from "../../../usecases/app.ts";
import { sayHello } from "../../../usecases/journal/hello.ts";
import { logNote } from "../../../usecases/journal/log.ts";
import type { Context } from "../../context.ts";

import { askText } from "../../prompt.ts";
import { settledApp } from "../../settled-app.ts";
import { whoIs } from "../../who.ts";
import { wholeApp } from "../../whole-app.ts";
import type { helloAnswer } from "./answers.ts";
import { renderGreeting } from "./greeting.ts";
import { render as renderNote } from "./log.ts";

export { helloAnswer as answer } from "./answers.ts";
type Answer = v.InferOutput<typeof helloAnswer>;

export async function run(ctx: Context): Promise<Answer> {
  const app = wholeApp(ctx, await settled(ctx));
  const greeting = await sayHello(app);
  if (asks(ctx)) {
    ctx.out.text(renderGreeting(greeting, ctx));
    const focus = await askFocus(ctx);
    if (focus !== "") ctx.out.text(renderNote(await logNote(app, focus), ctx));
  }
  return greeting;
}

export function render(greeting: Answer, ctx: Context): string | undefined {
  if (asks(ctx)) return undefined;
  return `${renderGreeting(greeting, ctx)}\n\nWhat are you going to work on? Note it: incr log "…"`;
}

/** Only a person at a terminal can be asked. */
function asks(ctx: Context): boolean {
  return ctx.interactive && whoIs(ctx.env).kind === "person";
}

/** What the person says; empty if they skip it. */
async function askFocus(ctx: Context): Promise<string> {
  try {
    const answer: string | undefined = await askText(ctx, {
      message: "What are you going to work on? (Enter skips)",
      flag: 'incr log "…"',
    });
    return (answer ?? "").trim();
  } catch (error) {
    if (error instanceof IncrError && error.code === "cancelled") return "";
    throw error;
  }
}

/** A state of the sessions that cannot be read is no reason to have no journal. */
async function settled(ctx: Context): Promise<App> {
  try {
    return await settledApp(ctx);
  } catch (error) {
    if (!(error instanceof IncrError)) throw error;
    ctx.warn({ code: "not_settled", message: error.message, data: { ...error.data, code: error.code } });
    return await ctx.app();
  }
}
