/** Questions to a person. Only on a terminal; elsewhere the command is refused and told which flag answers. */
import type * as clackPrompts from "@clack/prompts";
import { IncrError } from "../domain/error.ts";
import type { Context } from "./context.ts";

interface Question {
  message: string;
  /** How the answer is given without a terminal: `--yes`, `--model <name>`. */
  flag: string;
}

/** Asks yes or no; no by default. */
export async function confirm(ctx: Context, question: Question & { initial?: boolean }): Promise<boolean> {
  return ask<boolean>(ctx, question, async (clack, streams) =>
    clack.confirm({ message: question.message, initialValue: question.initial ?? false, ...streams }),
  );
}

/** Asks for one line of text. `validate` returns what is wrong with it. */
export async function askText(
  ctx: Context,
  question: Question & { initial?: string; placeholder?: string; validate?: (text: string) => string | undefined },
): Promise<string> {
  const { message, initial, placeholder, validate } = question;
  return ask<string>(ctx, question, async (clack, streams) =>
    clack.text({
      message,
      ...(initial === undefined ? {} : { initialValue: initial }),
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(validate === undefined ? {} : { validate: (text) => validate(text ?? "") }),
      ...streams,
    }),
  );
}

/** Asks for one of several values. */
export async function select<T extends string>(
  ctx: Context,
  question: Question & { options: readonly { value: T; label: string; hint?: string }[] },
): Promise<T> {
  const options = question.options.map(({ value, label, hint }) => ({
    value: value as string,
    label,
    ...(hint === undefined ? {} : { hint }),
  }));
  return ask<T>(ctx, question, async (clack, streams) => {
    const answer = await clack.select({ message: question.message, options, ...streams });
    return answer as T | symbol;
  });
}

type Clack = typeof clackPrompts;
/** stdout is the answer of the command, so questions go to stderr. */
type Streams = { input: NodeJS.ReadStream; output: NodeJS.WriteStream; signal: AbortSignal };

async function ask<T>(
  ctx: Context,
  { message, flag }: Question,
  show: (clack: Clack, streams: Streams) => Promise<T | symbol>,
): Promise<T> {
  if (!ctx.interactive) {
    throw new IncrError("needs_answer", `there is no terminal to ask on: ${message}`, {
      hint: `answer with ${flag}`,
      data: { flag },
    });
  }
  ctx.out.transient(undefined);
  const clack = await import("@clack/prompts");
  const end = endOf(process.stdin);
  const answer = await show(clack, { input: process.stdin, output: process.stderr, signal: end.signal }).finally(
    end.forget,
  );
  if (clack.isCancel(answer)) throw new IncrError("cancelled", "cancelled, nothing was changed");
  return answer as T;
}

const CANCEL = { name: "c", ctrl: true, meta: false, shift: false, sequence: "\u0003" };

/** Ctrl-D closes the reader without a word to the question, which would wait for ever: nothing would keep the process then, and it would end with 0. */
function endOf(input: NodeJS.ReadStream): { signal: AbortSignal; forget: () => void } {
  const ended = new AbortController();
  const abort = () => ended.abort();
  const onKey = (_text: unknown, key?: { ctrl?: boolean; name?: string }) => {
    // As the key that cancels, so that it looks the same; once the reader is through with this one.
    if (key?.ctrl === true && key.name === "d") setImmediate(() => input.emit("keypress", "\u0003", CANCEL));
  };
  input.on("keypress", onKey).once("end", abort);
  return { signal: ended.signal, forget: () => void input.off("keypress", onKey).off("end", abort) };
}
