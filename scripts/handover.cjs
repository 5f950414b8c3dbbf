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

/** Variables that count beside those of incr and XDG. */
const NAMES = ["HOME", "USER", "LOGNAME", "NO_COLOR", "TERM"];
const REQUEST = ".request";
/** When to look for the answer for the first time, and how often from then on, in ms: who looks more often takes the processor away from the one who works. */
const LOOK_AFTER = 24;
const LOOK_EVERY = 12;
/** Every how many looks to make sure that a leader lives which has not said that it ends. That is not cheap, and nearly always it does. */
const ALIVE_EVERY = 8;
/** Somebody else may be faster in leading, or end before it could begin with ours. */
const MOST_ATTEMPTS = 3;

/**
 * Ends this process if another one has carried out its command line.
 * @param options.cache the user's cache folder
 * @param options.build only the same program is sure to mean the same by a command line
 * @param options.patience a leader that has not begun with ours after this many ms is busy with something else
 * @param options.notice when to say that we wait, in ms
 * @param options.longest how long to wait for one that has begun, in ms
 * @param options.isFollower false leaves nothing to others
 * @returns what this process leads with, or the pid of a leader that has begun with it, lives and does not answer, `{stuck}`, both as in
 * `src/cli/handover.ts`; undefined if this process is on its own
 */
function handOver({ cache, build, isFollower, ...times }) {
  // Only Linux tells cheaply who lives
  if (process.platform !== "linux") return undefined;
  try {
    const terminals = [isTerminal(1), isTerminal(2)];
    if (terminals.includes(undefined)) return undefined;
    const repository = findRepository();
    if (repository === undefined) return undefined;
    const folder = `${cache}/handover`;
    const path = `${folder}/${hash(`${build} ${machine()} ${repository}`)}`;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const leader = readLeader(path);
      const leading = leader === undefined ? lead(folder, path) : undefined;
      if (leading !== undefined) return leading;
      if (!isFollower || !isOurs(fs.statSync(folder))) return undefined;
      if (leader === undefined) continue;
      const answer = follow(path, leader, terminals, times);
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
    if (stat?.isFile()) return /^gitdir: (\/.*)\/worktrees\/[^/]+\s*$/.exec(fs.readFileSync(git, "utf8"))?.[1] ?? git;
    if (at === "") return undefined;
  }
}

/** Of other containers and machines that share the cache with us we cannot tell who lives, and their paths may mean other files. */
function machine() {
  return fs.readlinkSync("/proc/self/ns/mnt") + readStart("/proc/sys/kernel/random/boot_id");
}

/** Up to 1 KB. Reading a whole file takes longer, since node has to get ready for it. */
function readStart(path) {
  const fd = fs.openSync(path, "r");
  const bytes = Buffer.allocUnsafe(1024);
  const text = bytes.latin1Slice(0, fs.readSync(fd, bytes));
  fs.closeSync(fd);
  return text;
}

/** FNV-1a. Whose hash is the same by chance is served just as well, since a request says all that it depends on, in one namespace of files. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(16);
}

/** A symbolic link is made at once with what it says, which is what `identify` gives. */
function readLeader(path) {
  try {
    return fs.readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** False also if we cannot know: what a leader has taken must not be done by two at the same time. */
function isGone(leader) {
  try {
    return identify(leader.split("-")[0]) !== leader;
  } catch (error) {
    return error.code === "ENOENT" || error.code === "ESRCH";
  }
}

/** `<pid>-<start>`, both as `/proc` has them (in ticks since the machine was started), which no other process has; undefined if it has ended. */
function identify(pid) {
  const text = readStart(`/proc/${pid}/stat`);
  // The name before it is in parentheses, and may hold more of them
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : `${Number.parseInt(text)}-${fields[19]}`;
}

/** Whether it is one; undefined if that takes more to know. */
function isTerminal(fd) {
  const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
  if (!path.startsWith("/dev/") || path === "/dev/null") return false;
  return path.startsWith("/dev/pts/") || path === "/dev/tty" ? true : undefined;
}

/** What others could have written is never carried out as us. */
function isOurs({ uid, mode }) {
  return uid === process.getuid() && (mode & 0o022) === 0;
}

/** Undefined if somebody else was faster. */
function lead(folder, path) {
  const me = identify("self");
  try {
    fs.symlinkSync(me, path);
  } catch (error) {
    if (error.code === "EEXIST") return undefined;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.symlinkSync(me, path);
  }
  if (!isOurs(fs.statSync(folder))) {
    remove(path);
    throw new Error(`others may write to ${folder}`);
  }
  return { folder, link: path.slice(folder.length + 1), me };
}

/** Puts our command line down for the leader. @returns its answer; `isLeft` if it has ended before it could begin; nothing if we have to do it ourselves */
function follow(path, leader, terminals, times) {
  const { argv, pid } = process;
  const own = `${path}.${leader}.${pid}${REQUEST}`;
  const [, program, ...words] = argv;
  const env = environment();
  const request = Buffer.from(`${JSON.stringify({ argv: words, program, cwd: process.cwd(), env, terminals })}\n`);
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
  const found = {};
  for (const name in process.env)
    if (name.startsWith("INCR_") || name.startsWith("XDG_") || NAMES.includes(name)) found[name] = process.env[name];
  return found;
}

/** Counts looks rather than time: who was stopped, or asleep together with the machine, has not waited for that long. */
function waitFor({ leader, patience, notice, longest, answer, withdraw, isLeading, bury }) {
  const pid = Number(leader.split("-")[0]);
  let isTaken = false;
  let isTold = false;
  for (let look = 1; ; look++) {
    sleep(look === 1 ? LOOK_AFTER : LOOK_EVERY);
    const answered = answer();
    if (answered !== undefined) return answered;
    const waited = LOOK_AFTER + (look - 1) * LOOK_EVERY;
    const isDoubtful = look === 1 ? !fs.existsSync(`/proc/${pid}`) : look % ALIVE_EVERY === 0;
    const isDead = isDoubtful && isGone(leader);
    if (!isTold && waited > notice) {
      isTold = true;
      tell({
        code: "waiting_for_leader",
        message: `waiting for process ${pid}, which does this for us`,
        data: { pid },
      });
    }
    // Whoever still leads now looks for requests once more before ending
    const isLeft = isDead || (look === 1 && !isLeading());
    if (!isLeft && waited <= longest && (isTaken || waited <= patience)) continue;
    // Those who come from now on need not wait for it as well
    bury();
    if (!isTaken && withdraw()) return { isLeft };
    isTaken = true;
    if (isDead) return answer() ?? { isLeft };
    if (waited > longest) return { stuck: pid };
  }
}

let cell;

/** The whole process sleeps; signals end it as they would end any other. */
function sleep(ms) {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, ms);
}

/** As `src/cli/output.ts` does. */
function tell(notice) {
  const line = process.argv.includes("--json") ? JSON.stringify({ level: "notice", ...notice }) : notice.message;
  write(2, `${line}\n`);
}

/** What is on stderr was said before the answer. */
function finish({ stdout, stderr }) {
  write(2, stderr);
  write(1, stdout);
  process.exit(0);
}

/** As `src/cli/sink.ts` does. Throws if there is an answer that cannot be written: then we do it again, and say that. */
function write(fd, text) {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(fd, bytes));
    } catch (error) {
      if (error.code === "EAGAIN" || error.code === "EINTR") sleep(LOOK_EVERY);
      else if (error.code === "EPIPE" || fd === 2) return;
      else throw error;
    }
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
