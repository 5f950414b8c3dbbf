/**
 * Tells the work journal of a repository what goes on in opencode, and opencode's model what stands in the journal. Does nothing where `incr` is not found;
 * in a repository without a journal, `incr hook` does nothing. Never throws, and lets opencode wait for nothing but the context of a session that begins.
 */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A hook takes a tenth of a second. */
const PATIENCE_MS = 2000;

/** Folders that are served: installed for the user and for the repository, this file is loaded twice. */
const served = (globalThis[Symbol.for("incr.served")] ??= new Set());

export const IncrPlugin = async ({ directory }) => {
  const program = findProgram(directory);
  if (program === undefined || served.has(directory)) return {};
  served.add(directory);

  /** Session → what its model is to know, while it is being asked for and afterwards. */
  const contexts = new Map();
  /** Sessions of sub-agents: nobody types into them. */
  const inner = new Set();
  /** Session → the command that its next message is made of. */
  const commands = new Map();
  const running = new Set();
  /** Whether it hung: once is enough. */
  let hung = false;

  function tell(event, session, prompt) {
    if (hung) return Promise.resolve("");
    const payload = { session_id: session, cwd: directory, ...(prompt === undefined ? {} : { prompt }) };
    const giveUp = () => (hung = true);
    const told = runHook(program, event, directory, payload, giveUp).finally(() => running.delete(told));
    running.add(told);
    return told;
  }

  function begin(session) {
    if (!contexts.has(session)) contexts.set(session, tell("session-start", session).then(readContext));
  }

  return {
    async event({ event: { type, properties } }) {
      if (type === "session.created" && properties.info?.parentID) inner.add(properties.sessionID);
      else if (type === "session.created") begin(properties.sessionID);
      else if (type === "session.idle" && contexts.has(properties.sessionID)) void tell("stop", properties.sessionID);
    },
    async "command.execute.before"({ command, sessionID, arguments: words }) {
      commands.set(sessionID, `/${command} ${words}`);
    },
    async "chat.message"({ sessionID }, { parts }) {
      if (inner.has(sessionID)) return;
      begin(sessionID);
      const typed = parts.filter(({ type, synthetic }) => type === "text" && synthetic !== true);
      void tell("user-prompt", sessionID, commands.get(sessionID) ?? typed.map(({ text }) => text).join("\n"));
      commands.delete(sessionID);
    },
    async "experimental.chat.system.transform"({ sessionID }, { system }) {
      // A title is made with the same hook, and needs no context
      if (system[0]?.startsWith("You are a title generator")) return;
      const context = await contexts.get(sessionID);
      if (context) system.push(context);
    },
    async "shell.env"({ sessionID }, { env }) {
      if (sessionID) env.OPENCODE_SESSION_ID = sessionID;
    },
    async dispose() {
      served.delete(directory);
      await Promise.all(running);
      await Promise.all([...contexts.keys()].map((session) => tell("session-end", session)));
    },
  };
};

/** On the PATH, else where `incr install opencode` has put a way to it: beside this folder for a user, in git's own folder for a repository. */
function findProgram(directory) {
  const named = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "incr"));
  const beside = join(dirname(dirname(fileURLToPath(import.meta.url))), "incr", "incr");
  return [...named, beside].find(isProgram) ?? findInGit(directory);
}

function findInGit(directory) {
  const { stdout } = spawnSync("git", ["rev-parse", "--git-common-dir"], { cwd: directory, encoding: "utf8" });
  if (!stdout) return undefined;
  const program = join(resolve(directory, stdout.trimEnd()), "incr", "opencode", "incr");
  return isProgram(program) ? program : undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What the hook prints; nothing, whatever goes wrong. Of one that hangs, `giveUp` is told. */
function runHook(program, event, cwd, payload, giveUp) {
  return new Promise((done) => {
    const child = spawn(program, ["hook", event, "--agent", "opencode"], { cwd, stdio: ["pipe", "pipe", "ignore"] });
    const timer = setTimeout(() => {
      giveUp();
      child.kill("SIGKILL");
      done("");
    }, PATIENCE_MS);
    const end = (answer) => {
      clearTimeout(timer);
      done(answer);
    };
    let answer = "";
    child.stdout.on("data", (chunk) => (answer += chunk));
    child.stdin.on("error", () => {});
    child.on("error", () => end(""));
    child.on("close", () => end(answer));
    child.stdin.end(JSON.stringify(payload));
  });
}

function readContext(answer) {
  try {
    return JSON.parse(answer).hookSpecificOutput.additionalContext;
  } catch {
    return undefined;
  }
}
