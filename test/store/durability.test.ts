/** The order of system calls decides what a power cut leaves; nothing else shows it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createJsonStore } from "../../src/store/json-store.ts";
import { runProcess } from "../support/process.ts";
import { bundleScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { activeSession, availableWorkspace, minute } from "./records.ts";

/** Loaded before the program: prints what is done to which file under $DIR, in order. */
const RECORDER = `
  const fs = require("node:fs");
  const paths = new Map();
  const name = (path) => path.replace(process.env.DIR, "").replace(/[0-9]+-[0-9a-z]+(?=\\.tmp$)/, "*") || "/";
  const note = (...words) => process.stderr.write(words.join(" ") + "\\n");
  const wrap = (call, before) => {
    const original = fs[call];
    fs[call] = (...args) => { before(...args); return original(...args); };
  };
  const open = fs.openSync;
  fs.openSync = (path, ...rest) => { const fd = open(path, ...rest); paths.set(fd, String(path)); return fd; };
  wrap("writeFileSync", (fd) => note("write", name(paths.get(fd))));
  wrap("fsyncSync", (fd) => note("fsync", name(paths.get(fd))));
  wrap("renameSync", (from, to) => note("rename", name(from), name(to)));
  wrap("linkSync", (from, to) => note("link", name(from), name(to)));
`;

test("history is durable before the state that lacks its records, and the state before its promise is kept", async () => {
  const dir = join(makeTempDir(), "state");
  await createJsonStore({ dir }).transact(async (tx) => {
    await tx.put("sessions", "app/old", activeSession("old"));
    await tx.put("workspaces", "app/ws-001", {
      ...availableWorkspace("ws-001"),
      status: "acquired",
      acquired_at: minute(0),
    });
  });
  const recorder = join(makeTempDir(), "recorder.cjs");
  writeFileSync(recorder, RECORDER);
  const worker = await bundleScript(new URL("worker.ts", import.meta.url));
  const args = ["--require", recorder, worker, JSON.stringify({ do: "finish", dir })];
  const run = await runProcess(process.execPath, args, { env: { DIR: dir } });
  expect(run.code).toBe(0);
  expect(run.stderr.trim().split("\n")).toEqual([
    "write /history/sessions.jsonl",
    "fsync /history/sessions.jsonl",
    "fsync /history",
    "write /.state.json.*.tmp",
    "fsync /.state.json.*.tmp",
    "link /state.json /state.json.bak",
    "rename /.state.json.*.tmp /state.json",
    "fsync /",
  ]);
});
