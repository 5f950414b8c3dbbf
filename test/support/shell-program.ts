/**
 * A program with the real command layer and made-up commands, so that the shell function can be tried with directories and values that no real
 * workspace has. Bundled by the tests and put on the PATH as `incr`.
 */
import { declareCommand } from "../../src/cli/command.ts";
import { raw } from "../../src/cli/output.ts";
import { REGISTRY } from "../../src/cli/registry.ts";
import { start } from "../../src/cli/start.ts";
import { registryOf, testCommand } from "./host.ts";

const sessionStart = testCommand(
  declareCommand({
    path: ["session", "start"],
    summary: "Go to $TARGET with $VALUE",
    args: { todo: { description: "Ignored" } },
    flags: { fail: { type: "boolean", description: "Fail after asking for the change" } },
    json: "start",
    examples: [{ run: "incr session start" }],
  }),
  {
    run(ctx, { flags }) {
      const target = ctx.env["TARGET"] ?? "";
      ctx.shell.cd(target);
      ctx.shell.setEnv({ INCR_WORKSPACE: target, INCR_LEASE_ID: ctx.env["VALUE"] ?? "" });
      if (flags.fail) ctx.exit(4);
      return { path: target, active: ctx.shell.active, leaked: process.env["INCR_SHELL_OUT"] ?? null };
    },
    render: ({ path }: { path: string }) => raw(`${path}\n`),
  },
);

const sessionDone = testCommand(
  declareCommand({ path: ["session", "done"], summary: "Go back to $HOME", examples: [{ run: "incr session done" }] }),
  {
    run(ctx) {
      ctx.shell.cd(ctx.env["HOME"] ?? "/");
      ctx.shell.unsetEnv(["INCR_WORKSPACE", "INCR_LEASE_ID"]);
    },
  },
);

const sessionList = testCommand(
  declareCommand({
    path: ["session", "list"],
    summary: "List sessions",
    flags: {
      status: { type: "string", choices: ["active", "completed", "failed"], description: "Only these" },
      all: { type: "boolean", description: "All" },
    },
    json: "sessions",
    examples: [{ run: "incr session list" }],
  }),
  {
    run(ctx) {
      ctx.shell.cd("/");
      return `active ${ctx.shell.active}`;
    },
    render: String,
  },
);

const todoCreate = testCommand(
  declareCommand({
    path: ["todo", "create"],
    summary: "Echo stdin",
    args: { file: { description: "A file", complete: "file" } },
    flags: { dir: { type: "string", complete: "directory", description: "A folder" } },
    examples: [{ run: "incr todo create" }],
  }),
  {
    run: async (ctx) => `${ctx.stdin.isTTY ? "terminal" : "pipe"}: ${ctx.stdin.isTTY ? "" : await ctx.stdin.read()}`,
    render: String,
  },
);

const workCreate = testCommand(
  declareCommand({ path: ["work", "create"], summary: "Nothing", examples: [{ run: "work create" }] }),
  { run: () => undefined },
);

const shells = REGISTRY.filter(({ group }) => group === "Shell");
start([...registryOf(sessionStart, sessionDone, sessionList, todoCreate, workCreate), ...shells]);
