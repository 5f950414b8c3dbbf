"use strict";
/**
 * Hands a command line over to another process of the same user, repository and build that is at the same command already, and lets that one do it: sixteen
 * agents that report at the same moment load the program, read the plan's tasks and write them once, not sixteen times. Whoever comes first leads; those who
 * come while it is at work put down what was typed, and wait.
 *
 * Nobody depends on a leader. A request can be taken back until the leader takes it, and whoever is left alone, by a leader that died, has no time or cannot
 * do it, goes on by itself. So this is only for commands that may be carried out twice.
 */
const fs = require("node:fs");

module.exports = { handOver };

/** `/dev/null`. */
const NULL_DEVICE = 0x103;
const REQUEST = ".request";
/** When to look for the answer for the first time, and how often from then on, in ms: who looks more often takes the processor away from the one who works. */
const LOOK_AFTER = 24;
const LOOK_EVERY = 12;
/** Every how many looks to make sure that a leader lives which has not said that it ends. */
const ALIVE_EVERY = 8;
/** What a killed process leaves is removed after this many ms. */
const OLD = 3_600_000;
/** Somebody else may be faster in leading, or end before it could begin with ours. */
const MOST_ATTEMPTS = 3;
/** More are left to the next round. */
const MOST = 256;

/**
 * Ends this process if another one has carried out its command line.
 * @param options.cache the user's cache folder
 * @param options.build only the same program is sure to mean the same by a command line
 * @param options.patience a leader that has not begun with ours after this many ms is busy with something else
 * @param options.longest how long to wait for one that has begun, in ms
 * @param options.isFollower false leaves nothing to others
 * @returns what this process leads with, `{take, end}`, or the pid of a leader that has begun with it, lives and does not answer, `{stuck}`, both as in
 * `src/cli/handover.ts`; undefined if this process is on its own
 */
function handOver({ cache, build, isFollower, ...times }) {
  // A person at a terminal sees at once what is said; and only Linux tells cheaply who lives.
  if (process.platform !== "linux" || isTerminal(1) || isTerminal(2)) return undefined;
  try {
    const repository = findRepository();
    if (repository === undefined) return undefined;
    const folder = `${cache}/handover`;
    const path = `${folder}/${hash(`${build} ${fs.readlinkSync("/proc/self/ns/mnt")} ${repository}`)}`;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const leader = readLeader(path);
      const leading = leader === undefined ? lead(folder, path) : undefined;
      if (leading !== undefined) return leading;
      if (!isFollower || !isOurs(folder)) return undefined;
      if (leader === undefined) continue;
      const answer = follow(path, leader, times);
      if (answer.done === true) finish(answer);
      if (answer.stuck !== undefined) return answer;
      if (!answer.isLeft) return undefined;
    }
  } catch {
    // A full disk, or a cache that is not for us to write
  }
  return undefined;
}

/** Worktrees of one repository belong together. Undefined outside of one. */
function findRepository() {
  for (let at = process.cwd(); ; at = at.slice(0, at.lastIndexOf("/"))) {
    const git = `${at}/.git`;
    const stat = fs.statSync(git, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return git;
    if (stat !== undefined) {
      const text = fs.readFileSync(git, "utf8");
      return /^gitdir: (\/.*)\/worktrees\/[^/]+\s*$/.exec(text)?.[1] ?? text;
    }
    if (at === "") return undefined;
  }
}

/** FNV-1a. Whose hash is the same by chance is served just as well, since a request says all that it depends on, in one namespace of files. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16);
}

/** A symbolic link is made at once with what it says: `<pid>-<start of the process>`, which no other process has, in other containers or on other machines neither. */
function readLeader(path) {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isAlive(leader) {
  const [pid, start] = leader.split("-");
  return startOf(pid) === start;
}

/** When a process was started, in ticks since the machine was; undefined if it has ended. */
function startOf(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name before it is in parentheses, and may hold more of them
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function isTerminal(fd) {
  try {
    const stat = fs.fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== NULL_DEVICE;
  } catch {
    return false;
  }
}

/** What is in there is carried out as us. */
function isOurs(folder) {
  const { uid, mode } = fs.statSync(folder);
  return uid === process.getuid() && (mode & 0o022) === 0;
}

/** Undefined if somebody else was faster. */
function lead(folder, path) {
  const me = `${process.pid}-${startOf("self")}`;
  try {
    fs.symlinkSync(me, path);
  } catch (error) {
    if (error.code === "EEXIST") return undefined;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.symlinkSync(me, path);
  }
  if (!isOurs(folder)) {
    remove(path);
    throw new Error(`others may write to ${folder}`);
  }
  return {
    take: () => takeAll(folder, `${path}.${me}.`),
    end() {
      if (readLeader(path) === me) remove(path);
    },
  };
}

/** Puts our command line down for the leader. @returns its answer; `isLeft` if it has ended before it could begin; nothing if we have to do it ourselves */
function follow(path, leader, times) {
  const { argv, pid } = process;
  const own = `${path}.${leader}.${pid}${REQUEST}`;
  const request = Buffer.from(
    `${JSON.stringify({ argv: argv.slice(2), program: argv[1], cwd: process.cwd(), env: environment() })}\n`,
  );
  const fd = fs.openSync(own, "wx+", 0o600);
  try {
    if (fs.writeSync(fd, request) !== request.length) throw new Error("the disk is full");
    return waitFor({
      ...times,
      leader,
      answer: () => readLine(fd, request.length),
      withdraw: () => remove(own),
      isLeading: () => readLeader(path) === leader,
      bury: () => readLeader(path) === leader && remove(path),
    });
  } catch (error) {
    remove(own);
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** What incr itself looks at. The rest is nobody's business, and may hold secrets. */
function environment() {
  const names = Object.keys(process.env).filter((name) =>
    /^(?:INCR_\w+|XDG_\w+|HOME|USER|LOGNAME|NO_COLOR|TERM)$/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function waitFor({ leader, patience, longest, answer, withdraw, isLeading, bury }) {
  const begin = Date.now();
  let isTaken = false;
  for (let look = 1; ; look++) {
    sleep(look === 1 ? LOOK_AFTER : LOOK_EVERY);
    const answered = answer();
    if (answered !== undefined) return answered;
    const waited = Date.now() - begin;
    const isDead = look % ALIVE_EVERY === 0 && !isAlive(leader);
    if (isDead) bury();
    // Whoever still leads now looks for requests once more before ending
    const isLeft = isDead || (look === 1 && !isLeading());
    if (!isTaken && (isLeft || waited > patience)) {
      if (withdraw()) return { isLeft };
      isTaken = true;
    }
    if (isDead) return answer() ?? { isLeft };
    if (waited > longest) return { stuck: Number(leader.split("-")[0]) };
  }
}

let cell;

/** The whole process sleeps; signals end it as they would end any other. */
function sleep(ms) {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, ms);
}

function finish({ stdout, stderr }) {
  write(1, stdout);
  write(2, stderr);
  process.exit(0);
}

function write(fd, text) {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(fd, bytes));
    } catch (error) {
      // A pipe that is full for now; or nobody reads it any more
      if (error.code !== "EAGAIN" && error.code !== "EINTR") return;
      sleep(LOOK_EVERY);
    }
  }
}

/** Takes what was put down for us. Removing its name is how a request is taken, and taken back, so that both cannot happen. */
function takeAll(folder, ours) {
  const taken = [];
  for (const name of list(folder)) {
    const path = `${folder}/${name}`;
    if (!path.startsWith(ours)) sweep(path, name);
    else if (taken.length < MOST) {
      const request = take(path);
      if (request !== undefined) taken.push(request);
    }
  }
  return taken;
}

function list(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function take(path) {
  let fd;
  try {
    fd = fs.openSync(path, "r+");
    const request = readLine(fd, 0);
    const length = fs.fstatSync(fd).size;
    if (isRequest(request) && remove(path)) {
      return {
        ...request,
        answer(value) {
          try {
            fs.writeSync(fd, `${JSON.stringify(value)}\n`, length);
          } catch {
            // The disk is full: whoever hears nothing does it again when we are gone
          }
          fs.closeSync(fd);
        },
      };
    }
  } catch {
    // Its owner does it
  }
  if (fd !== undefined) fs.closeSync(fd);
  return undefined;
}

function isRequest(value) {
  const { argv, program, cwd, env } = value ?? {};
  const texts = [program, cwd, ...(Array.isArray(argv) ? argv : [undefined])];
  return texts.every((text) => typeof text === "string") && typeof env === "object" && env !== null;
}

function sweep(path, name) {
  if (!name.includes(".")) return;
  try {
    if (Date.now() - fs.statSync(path).mtimeMs > OLD) fs.unlinkSync(path);
  } catch {
    // Somebody else has
  }
}

/** False if it was not there. */
function remove(path) {
  try {
    fs.unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The line of JSON that begins at `offset`; undefined while it is not whole. */
function readLine(fd, offset) {
  const size = fs.fstatSync(fd).size - offset;
  if (size <= 0) return undefined;
  const bytes = Buffer.allocUnsafe(size);
  const text = bytes.toString("utf8", 0, fs.readSync(fd, bytes, 0, size, offset));
  return text.endsWith("\n") ? JSON.parse(text) : undefined;
}
