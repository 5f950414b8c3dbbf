/**
 * The main job, visibly: a throw-away repository, two todos worked on at the same time by real commands, a run that is killed and brought back, and where
 * everything is kept. Touches nothing outside of one new temporary folder, which is left for you to look at.
 *
 * Usage: node scripts/demo.mjs
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "cli", "incr.cjs");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "incr-demo-")));
const repo = join(folder, "app");
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT|INCR)_/.test(name))),
  INCR_STATE_DIR: join(folder, "state"),
  INCR_DATA_DIR: join(folder, "data"),
  XDG_CONFIG_HOME: join(folder, "config"),
};

heading("A repository with one commit");
mkdirSync(repo);
writeFileSync(join(repo, "greet.mjs"), "export const greet = (name) => `hello ${name}`;\n");
git("init", "--quiet", "--initial-branch=main");
git("config", "user.name", "Demo");
git("config", "user.email", "demo@localhost");
git("add", ".");
git("commit", "--quiet", "--message=Greet people by name");
say(repo);

heading("Two todos");
const shout = incr("todo", "create", "Shout the greeting").trim();
const tests = incr("todo", "create", "Test the greeting").trim();
incr("todo", "ready");

heading("Both at the same time: each command gets a workspace and a branch of its own");
await Promise.all([
  run(shout, "sed s/hello/HELLO/ greet.mjs > new && mv new greet.mjs && sleep 0.5"),
  run(
    tests,
    `echo 'import { greet } from "./greet.mjs"; if (greet("x").length < 3) throw 1;' > test.mjs && node test.mjs`,
  ),
]);

heading("The work is on two branches, and the main checkout is as it was");
shell("git log --oneline --graph --branches");
shell("git status --short --branch");
incr("session", "list");

heading("A third run is killed in the middle, with everything that it started");
const slow = incr("todo", "create", "Translate the greeting").trim();
await killedRun(slow, "echo bonjour > greet.fr && sleep 60");

heading("The next command notices, keeps the work and reopens the todo");
incr("session", "list");
incr("rescue", "list");

heading("Resuming brings branch and files back exactly; then it is finished");
const path = incr("session", "resume", slow).trim();
shell("cat greet.fr", path);
incr("session", "done", slow);

heading("Where things stand");
incr("status");

heading("Where everything is kept");
say(`state       ${env.INCR_STATE_DIR}`);
say(`workspaces  ${join(env.INCR_DATA_DIR, "workspaces")}`);
say(`todos       refs/incr/todos in ${repo}`);
say("(for this demo; normally ~/.local/state/incr and ~/.local/share/incr)");
say("\nLook around:");
say(`  cd ${repo}`);
say(`  export INCR_STATE_DIR=${env.INCR_STATE_DIR} INCR_DATA_DIR=${env.INCR_DATA_DIR}`);
say(`  node ${program} status`);

function incr(...args) {
  prompt(`incr ${args.map(quoted).join(" ")}`);
  const { status, stdout, error } = spawnSync(process.execPath, [program, ...args], {
    cwd: repo,
    env,
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  process.stdout.write(stdout ?? "");
  if (status !== 0) fail(`incr ${args.join(" ")} ended with ${status ?? error?.message}`);
  return stdout;
}

function run(todo, command) {
  prompt(`incr session run ${todo} -- sh -c ${quoted(command)} &`);
  const args = [program, "session", "run", todo, "--", "sh", "-c", command];
  const child = spawn(process.execPath, args, { cwd: repo, env });
  const output = [];
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.once("close", (code) => {
      process.stdout.write(Buffer.concat(output));
      if (code !== 0) fail(`the run of ${todo} ended with ${code}`);
      resolve();
    });
  });
}

/** Starts a run in a process group of its own and kills all of it once the command is at work: what a crash or the OOM killer does. */
async function killedRun(todo, command) {
  prompt(`incr session run ${todo} -- sh -c ${quoted(command)} &`);
  const args = [program, "session", "run", todo, "--", "sh", "-c", `${command}`];
  const child = spawn(process.execPath, args, { cwd: repo, env, detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!atWork()) {
    if (child.exitCode !== null) fail(`the run of ${todo} ended by itself`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  prompt(`kill -9 -${child.pid}`);
  process.kill(-Number(child.pid), "SIGKILL");
  await ended;
}

function atWork() {
  const written = `cat ${quoted(env.INCR_DATA_DIR)}/workspaces/*/*/greet.fr 2>/dev/null`;
  return spawnSync("sh", ["-c", written], { encoding: "utf8" }).stdout === "bonjour\n";
}

function git(...args) {
  const { status, stderr } = spawnSync("git", args, { cwd: repo, env, encoding: "utf8" });
  if (status !== 0) fail(`git ${args[0]} failed: ${stderr}`);
}

function shell(command, cwd = repo) {
  prompt(cwd === repo ? command : `(cd ${cwd}; ${command})`);
  spawnSync("sh", ["-c", command], { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
}

function heading(text) {
  process.stdout.write(`\n${colour ? `\u001B[1m${text}\u001B[22m` : text}\n`);
}

function prompt(command) {
  process.stdout.write(colour ? `\u001B[2m$\u001B[22m ${command}\n` : `$ ${command}\n`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function fail(message) {
  process.stderr.write(`the demo stopped: ${message}\n`);
  process.exit(1);
}
