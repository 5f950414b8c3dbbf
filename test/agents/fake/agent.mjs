/**
 * Stands in for opencode, claude and codex: speaks the format of the one that it is called as, and does what the prompt says: a JSON list of steps after `@`, or what
 * `stepsFor(prompt)` of the module $FAKE_AGENT_CONDUCT gives.
 * Conversations are files in $FAKE_AGENT_HOME; every start is noted in its `starts.jsonl`. The first $FAKE_AGENT_COLLISIONS starts of opencode collide.
 *
 * Steps: {say} {think} {run: shell code} {leave: shell code, left behind in a session of its own} {usage} {wait: ms} {deny} {fail, status} {line} {err} {write: [file, text]}
 * {finish} {exit: code} {die: signal} {stay} {mute: says nothing at all}
 * {name, turns: [steps of the first start, of the second, …]} {again}. Without finish, exit, die, fail or stay at the end it finishes and ends with 0.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [name, ...args] = process.argv.slice(2);
const home = process.env.FAKE_AGENT_HOME;
mkdirSync(home, { recursive: true });

const out = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const err = (line) => process.stderr.write(`${line}\n`);
const log = (rest) => err(`timestamp=2026-01-07T14:30:00.000Z level=INFO run=1 ${rest}`);
const after = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const file = (id) => join(home, id);

if (name === "opencode" && collides()) collide();
else if (name === "opencode" && (args[0] === "export" || args[0] === "import")) move();
else if (name === "opencode" && args[0] === "session") process.stdout.write("[]\n");
else await converse();

function collides() {
  for (let n = 1; n <= Number(process.env.FAKE_AGENT_COLLISIONS ?? 0); n += 1) {
    try {
      // Of several that start at once each counts as one
      writeFileSync(file(`collision-${n}`), "", { flag: "wx" });
      return true;
    } catch {
      continue;
    }
  }
  return false;
}

/** As the recorded ones do. */
function collide() {
  note("");
  process.exitCode = 1;
  for (const line of ["\u001B[91m\u001B[1mError: \u001B[0mUnexpected error", "", "database is locked"]) err(line);
}

/** `export` prints what `import` takes: the folder becomes the present one. */
function move() {
  note("");
  if (args[0] === "import") {
    const { info } = JSON.parse(readFileSync(args[1], "utf8"));
    writeFileSync(file(info.id), process.cwd());
  } else if (existsSync(file(args[1]))) {
    process.stdout.write(JSON.stringify({ info: { id: args[1] }, messages: [] }));
  } else {
    err("Error: Session not found");
    process.exitCode = 1;
  }
}

async function converse() {
  const interactive = !(name === "opencode"
    ? args[0] === "run"
    : name === "claude"
      ? args.includes("--print")
      : args.includes("exec"));
  const prompt = interactive ? "" : readFileSync(0, "utf8");
  note(prompt);
  const resumed = name === "opencode" ? after("--session") : name === "claude" ? after("--resume") : after("resume");
  if (resumed !== undefined && !existsSync(file(resumed))) return unknown(resumed);
  const fresh = {
    claude: after("--session-id"),
    opencode: `ses_${id(26)}`,
    codex: `01a1f764-0000-7000-8000-${id(12)}`,
  };
  const own = resumed ?? fresh[name];
  const conduct = process.env.FAKE_AGENT_CONDUCT;
  const steps =
    conduct !== undefined && prompt !== ""
      ? (await import(conduct)).stepsFor(prompt, { name, memory: `${file(own)}.memory` })
      : JSON.parse(/@(\[.*\])/s.exec(prompt || (process.env.FAKE_AGENT_STEPS ?? ""))?.[1] ?? recall(own));
  const conversation = steps.find((step) => step.otherConversation !== undefined)?.otherConversation ?? own;
  // Nothing comes back from opencode in another folder
  const elsewhere =
    name === "opencode" && resumed !== undefined && readFileSync(file(resumed), "utf8") !== process.cwd();
  if (!existsSync(file(conversation))) writeFileSync(file(conversation), process.cwd());
  if (steps.some((step) => step.again !== undefined)) writeFileSync(file(`${own}.steps`), JSON.stringify(steps));
  const isMute = interactive || steps.some((step) => step.mute !== undefined);
  const speaker = isMute ? silent() : { claude, codex, opencode }[name](conversation, resumed !== undefined);
  if (elsewhere) {
    log(`message="exiting loop" session.id=${conversation}`);
    return stay();
  }
  speaker.begin();
  for (const step of steps.flatMap(turn)) if ((await act(step, speaker)) === "over") return;
  speaker.finish();
}

/** What a conversation was about, if it is to be done again when somebody just says to go on. */
function recall(conversation) {
  const kept = file(`${conversation}.steps`);
  return existsSync(kept) ? readFileSync(kept, "utf8") : "[]";
}

/** The steps of this start: the first of `turns` for the first start that has them under this name, and so on; the last for all that come after. */
function turn(step) {
  if (step.turns === undefined) return [step];
  const count = file(`turns-${step.name}`);
  appendFileSync(count, ".");
  return step.turns[Math.min(readFileSync(count).length, step.turns.length) - 1];
}

async function act(step, speaker) {
  if (step.say !== undefined) speaker.say(step.say);
  if (step.think !== undefined) speaker.think(step.think);
  if (step.run !== undefined) await speaker.tool(step.run, () => shell(step.run, true));
  if (step.leave !== undefined) void shell(step.leave, false);
  if (step.usage !== undefined) speaker.usage(step.usage);
  if (step.wait !== undefined) await new Promise((resolve) => setTimeout(resolve, step.wait));
  if (step.line !== undefined) process.stdout.write(step.line);
  if (step.err !== undefined) err(step.err);
  if (step.write !== undefined) writeFileSync(...step.write);
  if (step.deny !== undefined) speaker.deny(step.deny);
  if (step.finish !== undefined) speaker.finish();
  if (step.fail !== undefined) {
    speaker.fail(step.fail, step.status);
    process.exitCode = 1;
    return "over";
  }
  if (step.die !== undefined) {
    process.kill(process.pid, step.die);
    return await stay();
  }
  if (step.exit !== undefined) {
    process.exitCode = step.exit;
    return "over";
  }
  if (step.stay !== undefined) return await stay();
}

/** Tools leave the process group, as with the real ones. */
function shell(code, wait) {
  const child = spawn("sh", ["-c", code], { detached: true, stdio: ["ignore", wait ? "pipe" : "ignore", "ignore"] });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  if (!wait) child.unref();
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, output })));
}

function stay() {
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}

function unknown(conversation) {
  process.exitCode = 1;
  if (name === "opencode") err("\u001B[91m\u001B[1mError: \u001B[0mSession not found");
  if (name === "codex")
    err(`Error: thread/resume: thread/resume failed: no rollout found for thread id ${conversation} (code -32600)`);
  if (name !== "claude") return;
  const message = `No conversation found with session ID: ${conversation}`;
  err(message);
  out({
    type: "result",
    subtype: "error_during_execution",
    is_error: true,
    session_id: conversation,
    errors: [message],
  });
}

function silent() {
  const nothing = () => {};
  return {
    begin: nothing,
    say: nothing,
    think: nothing,
    tool: async (_, run) => void (await run()),
    usage: nothing,
    deny: nothing,
    finish: nothing,
    fail: nothing,
  };
}

function claude(session_id) {
  const assistant = (block) =>
    out({
      type: "assistant",
      message: { model: "claude-fake", content: [block] },
      parent_tool_use_id: null,
      session_id,
    });
  let calls = 0;
  const used = { input_tokens: 0, output_tokens: 0 };
  let total_cost_usd = 0;
  const result = (more) =>
    out({ type: "result", session_id, total_cost_usd, usage: used, permission_denials: [], ...more });
  return {
    begin: () =>
      out({ type: "system", subtype: "init", cwd: process.cwd(), session_id, model: "claude-fake", tools: [] }),
    say: (text) => assistant({ type: "text", text }),
    think: (thinking) => assistant({ type: "thinking", thinking }),
    async tool(command, run) {
      const id = `toolu_${calls++}`;
      assistant({ type: "tool_use", id, name: "Bash", input: { command } });
      const { status, output } = await run();
      const content = [{ type: "tool_result", tool_use_id: id, content: output, is_error: status !== 0 }];
      out({ type: "user", message: { role: "user", content }, session_id });
    },
    usage([input, output, cost]) {
      used.input_tokens += input;
      used.output_tokens += output;
      total_cost_usd += cost;
    },
    deny: (tool_name) =>
      out({ type: "system", subtype: "permission_denied", tool_name, message: "not allowed here", session_id }),
    finish: () => result({ subtype: "success", is_error: false, result: "done" }),
    fail: (text, status) =>
      result({ subtype: "success", is_error: true, result: `API Error: ${text}`, api_error_status: status ?? 500 }),
  };
}

function codex(thread_id) {
  let items = 0;
  const usage = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 };
  const completed = (item) => out({ type: "item.completed", item: { id: `item_${items++}`, ...item } });
  return {
    begin() {
      out({ type: "thread.started", thread_id });
      out({ type: "turn.started" });
    },
    say: (text) => completed({ type: "agent_message", text }),
    think: (text) => completed({ type: "reasoning", text }),
    async tool(command, run) {
      const item = { id: `item_${items++}`, type: "command_execution", command };
      out({ type: "item.started", item: { ...item, aggregated_output: "", exit_code: null, status: "in_progress" } });
      const { status, output } = await run();
      const result = { aggregated_output: output, exit_code: status, status: status === 0 ? "completed" : "failed" };
      out({ type: "item.completed", item: { ...item, ...result } });
    },
    usage([input, output]) {
      usage.input_tokens += input;
      usage.output_tokens += output;
    },
    deny: () => {},
    finish: () => out({ type: "turn.completed", usage }),
    fail(message) {
      out({ type: "error", message });
      out({ type: "turn.failed", error: { message } });
    },
  };
}

function opencode(sessionID, resumed) {
  let calls = 0;
  const event = (type, part) => out({ type, timestamp: 0, sessionID, part: { ...part, sessionID } });
  const step = (reason, [input, output, cost] = [0, 0, 0]) =>
    event("step_finish", {
      type: "step-finish",
      reason,
      cost,
      tokens: { input, output, reasoning: 0, cache: { write: 0, read: 0 } },
    });
  return {
    begin() {
      if (!resumed) log(`message=created id=${sessionID} slug=x version=1 directory=${process.cwd()}`);
      log(`message=stream providerID=fake modelID=small session.id=${sessionID} small=true agent=title mode=primary`);
      log(`message=stream providerID=fake modelID=big session.id=${sessionID} small=false agent=build mode=primary`);
      event("step_start", { type: "step-start" });
    },
    say: (text) => event("text", { type: "text", text }),
    think: (text) => event("reasoning", { type: "reasoning", text }),
    async tool(command, run) {
      const { status, output } = await run();
      const state = { status: "completed", input: { command }, output, metadata: { exit: status } };
      event("tool_use", { type: "tool", tool: "bash", callID: `call_${calls++}`, state });
    },
    usage: (spent) => step("tool-calls", spent),
    deny: (tool) =>
      event("tool_use", {
        type: "tool",
        tool,
        callID: `call_${calls++}`,
        state: { status: "error", input: {}, error: "The user rejected permission to use this specific tool call." },
      }),
    finish() {
      step("stop");
      log(`message="exiting loop" session.id=${sessionID}`);
    },
    fail: (message, statusCode) =>
      out({ type: "error", timestamp: 0, sessionID, error: { name: "APIError", data: { message, statusCode } } }),
  };
}

function id(length) {
  return Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
}

function note(prompt) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => /^(INCR_(?!TEST)|CLAUDE|CODEX|OPENCODE|AGENT$)/.test(key)),
  );
  appendFileSync(
    join(home, "starts.jsonl"),
    `${JSON.stringify({ name, args, cwd: process.cwd(), prompt, env, pid: process.pid })}\n`,
  );
}
