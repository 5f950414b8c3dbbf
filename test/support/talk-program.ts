/** A program with the real command layer and commands that talk: prompts, editor, progress, much output. Bundled by the tests. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { declareCommand } from "../../src/cli/command.ts";
import { editorDrafts } from "../../src/cli/editor.ts";
import { raw } from "../../src/cli/output.ts";
import { withProgress } from "../../src/cli/progress.ts";
import { askText, confirm, select } from "../../src/cli/prompt.ts";
import { start } from "../../src/cli/start.ts";
import { registryOf, testCommand } from "./host.ts";

const ask = testCommand(
  declareCommand({ path: ["ask"], summary: "Ask everything", json: "ask", examples: [{ run: "incr ask" }] }),
  {
    async run(ctx) {
      const sure = await confirm(ctx, { message: "Sure?", flag: "--yes" });
      const name = await askText(ctx, {
        message: "Name?",
        flag: "--name NAME",
        validate: (text) => (text === "bad" ? "not that" : undefined),
      });
      const model = await select(ctx, {
        message: "Model?",
        flag: "--model NAME",
        options: [
          { value: "a", label: "Model A" },
          { value: "b", label: "Model B" },
        ],
      });
      return `${sure} ${name} ${model}`;
    },
    render: (answer: string) => `answer: ${answer}`,
  },
);

const edit = testCommand(
  declareCommand({
    path: ["edit"],
    summary: "Edit a text",
    flags: { refuse: { type: "boolean", description: "Refuse it" } },
    examples: [{ run: "incr edit" }],
  }),
  {
    async run(ctx) {
      const draft = await editorDrafts(ctx, "--description TEXT").edit("todo-k3", "old text\n");
      if (!ctx.json) ctx.notify({ code: "draft", message: `draft ${draft.path}` });
      if (draft.text.includes("discard")) await draft.discard();
      return draft.text;
    },
    render: raw,
  },
);

const work = testCommand(
  declareCommand({
    path: ["toil"],
    summary: "Work for long",
    flags: { ms: { type: "int", default: 1000, description: "How long" } },
    json: "toil",
    examples: [{ run: "incr toil" }],
  }),
  {
    run: (ctx, { flags }) =>
      withProgress(ctx, "checking out", async (progress) => {
        await sleep(flags.ms / 2);
        progress.update("copying files");
        ctx.notify({ code: "half", message: "half of it is done" });
        await sleep(flags.ms / 2);
        return "done";
      }),
    render: String,
  },
);

const flood = testCommand(
  declareCommand({
    path: ["flood"],
    summary: "Much output, then a file",
    args: { file: { required: true, description: "Written at the end" } },
    flags: { bytes: { type: "int", default: 5_000_000, description: "How much" } },
    examples: [{ run: "incr flood x" }],
  }),
  {
    run(ctx, { args, flags }) {
      for (let written = 0; written < flags.bytes; written += 1000) ctx.out.text(raw(`${"x".repeat(999)}\n`));
      writeFileSync(args.file, "all of it was done");
      ctx.exit(3);
    },
  },
);

const crash = testCommand(
  declareCommand({ path: ["crash"], summary: "Crash later", json: "crash", examples: [{ run: "incr crash" }] }),
  {
    async run() {
      setTimeout(() => {
        throw new TypeError("thrown where nobody waits");
      }, 1);
      await sleep(10_000);
    },
  },
);

start(registryOf(ask, edit, work, flood, crash));
