#!/usr/bin/env node
"use strict";
/**
 * Starts the program that lies beside this file: reads those chunks of `program.cjs` that the command needed when it ran before, with V8's compiled code of
 * then. Reading and compiling all of it takes longer than most commands do. Node 22 has `module.enableCompileCache` for the compiled code, Node 20 has nothing.
 * Without what was kept (the first two starts, another version of node, nowhere to write) everything works the same, some milliseconds later.
 */
const fs = require("node:fs");
const { handOver } = require("./handover.cjs");

// Replaced by the build: the program is trusted to be the one whose code was kept, since V8 itself only compares the length of its text.
const BUILD = "__BUILD__";
const PROGRAM = `${__dirname}/program.cjs`;
/** The program's first line says which build it is and where its index begins: `(function(require,__filename,__dirname){return{//<build> <offset>`. */
const BUILD_AT = 49;
const INDEX_AT = BUILD_AT + BUILD.length;
const HEAD = INDEX_AT + 12;
/** A chunk that is not needed and shorter than this is read together with those around it. */
const SHORT = 2_000;
const END = "}})";
const NEWLINE = 10;
/** In ms. Whoever has begun holds the lock already; the longest is what we would have waited for that ourselves. */
const TIMES = { isFollower: true, patience: 300, notice: 2_000, longest: 30_000 };
/** Exit codes. */
const USAGE = 2;
const BUG = 70;

// One file for each command: what another one needs would only have to be read, and what it has not compiled would be compiled at every start.
const [noun, verb] = process.argv.slice(2, 4).map((word) => /^[a-z][a-z-]{1,15}$/.exec(word)?.[0] ?? "");
const hasVerbs =
  /^(todo|session|workspace|rescue|workflow|journal|agent|opencode|job|work|install|uninstall|shell|state)$/.test(noun);
const command = /\/work(\.cjs)?$/.test(process.argv[1])
  ? `work-${noun ?? ""}`
  : hasVerbs && verb
    ? `${noun}-${verb}`
    : (noun ?? "");
const name = `program-${BUILD}-${process.version}-${process.arch}-${command}.bin`;

// What may be carried out twice, and is done by many at once. Before anything is loaded: whoever need not do it themselves is to cost nothing more.
if (command === "work-update") {
  const cache = userCache();
  const times = __INCR_FAULTS__ ? testTimes() : TIMES;
  if (cache !== undefined) globalThis[Symbol.for("incr.handover")] = handOver({ cache, build: BUILD, ...times });
}

const { Script } = require("node:vm");

const makers = { __proto__: null };
const chunks = { __proto__: null };
const modules = { __proto__: null };
// Stays open: whoever installs or builds another version while we run must not give us parts of it.
const program = fs.openSync(PROGRAM, "r");
let index;
/** For the moment in which an installation is replaced: the program is of another build than we are. */
let isOther = false;
let kept;
for (const folder of folders()) {
  kept = readKept(`${folder}/${name}`);
  if (kept !== undefined) break;
}
const script = kept && addChunks(kept.ranges, kept);
if (script === undefined) kept = undefined;
const isCompiled = script?.cachedDataRejected === false;
// A start that refused to do something may have compiled little of what others need.
let isComplete = isCompiled && !kept.isRefusal;
if (!isComplete) process.once("exit", keep);
requireChunk("./0");

/** The exports of a chunk, or of one of node's modules, or of an installed one. */
function requireChunk(id) {
  // Asking node for its modules takes some microseconds each time.
  if (!id.startsWith("./")) return (modules[id] ??= require(id));
  if (chunks[id] !== undefined) return chunks[id].exports;
  if (makers[id] === undefined) addMissing(id);
  const chunk = (chunks[id] = { exports: {} });
  try {
    makers[id](chunk.exports, chunk);
  } catch (error) {
    delete chunks[id];
    throw error;
  }
  return chunk.exports;
}

/** Adds a chunk that the command has not needed before, and what that one imports at once. */
function addMissing(id) {
  if (isComplete) process.once("exit", keep);
  isComplete = false;
  const ids = new Set([id]);
  for (const each of ids) for (const other of place(each).needs) if (makers[other] === undefined) ids.add(other);
  addChunks(rangesOf(ids));
}

function read(offset, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, fs.readSync(program, bytes, 0, length, Number(offset)));
}

function place(id) {
  index ??= readIndex();
  return index[id];
}

function readIndex() {
  const at = Number(read(INDEX_AT, HEAD - INDEX_AT).toString("latin1"));
  return JSON.parse(read(at, fs.fstatSync(program).size - at).toString("latin1"));
}

/** What to read of the program for these chunks: how many lines are left out before it, where it begins and how long it is. */
function rangesOf(ids) {
  const ranges = [[0, 0, HEAD]];
  let line = 1;
  let end = HEAD;
  for (const each of Array.from(ids, place).toSorted((a, b) => a.offset - b.offset)) {
    if (each.offset - end < SHORT) ranges[ranges.length - 1][2] += each.offset - end + each.length;
    else ranges.push([each.line - line, each.offset, each.length]);
    end = each.offset + each.length;
    line = each.line + each.lines;
  }
  return ranges;
}

/**
 * Runs a script of these parts of the program. Each begins in the line in which it stands there, so that the places in a stack trace can be looked up.
 * Undefined if `expected` was kept of a program that was another one.
 */
function addChunks(ranges, expected) {
  const length = ranges.reduce((sum, [lines, , bytes]) => sum + lines + bytes, END.length);
  const text = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const [lines, offset, bytes] of ranges) {
    text.fill(NEWLINE, at, at + lines);
    at += lines + fs.readSync(program, text, at + lines, bytes, offset);
  }
  at += text.write(END, at, "latin1");
  isOther = text.toString("latin1", BUILD_AT, INDEX_AT) !== BUILD;
  if (isOther && expected !== undefined) return undefined;
  if (at !== length) throw new Error(`${PROGRAM} is not whole`);
  // The build leaves only ASCII in it, which becomes a text fastest like this.
  const made = new Script(text.toString("latin1"), { filename: PROGRAM, cachedData: expected?.code });
  Object.assign(makers, made.runInThisContext()(requireChunk, PROGRAM, __dirname));
  return made;
}

/**
 * What `keep` has left, or undefined. Only what nobody but us could have written: this is code that is going to run as us. And only if it is whole: V8
 * believes what it reads, so that a file whose end was lost with the power would crash every start from then on. It is kept twice in its file; comparing is
 * faster than any checksum.
 */
function readKept(path) {
  let fd;
  try {
    fd = fs.openSync(path, "r");
    const { uid, mode, size } = fs.fstatSync(fd);
    const ours = process.getuid === undefined || uid === process.getuid() || uid === 0;
    if (!ours || (mode & 0o022) !== 0) return undefined;
    const half = Buffer.allocUnsafeSlow(size / 2);
    if (fs.readSync(fd, half) !== half.length || !isNext(fd, half)) return undefined;
    const codeLength = half.readUInt32LE(half.length - 4);
    const { ids, ranges, isRefusal } = JSON.parse(half.toString("latin1", codeLength, half.length - 4));
    return { ids, ranges, isRefusal, code: codeLength === 0 ? undefined : half.subarray(0, codeLength) };
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Whether the same bytes come next in the file. In pieces, since reading into memory that was not used before takes longer. */
function isNext(fd, bytes) {
  const piece = Buffer.allocUnsafeSlow(65_536);
  for (let at = 0; at < bytes.length; at += piece.length) {
    const length = Math.min(piece.length, bytes.length - at);
    if (fs.readSync(fd, piece, 0, length) !== length) return false;
    if (piece.compare(bytes, at, at + length, 0, length) !== 0) return false;
  }
  return true;
}

/**
 * Keeps which chunks the command has needed, and their compiled code if it began with just those: by now every function that it used is compiled. Beside the
 * program where that may be written, else in the user's cache folder.
 */
function keep() {
  if (isOther) return;
  // A word that is no command must not leave a file, nor must a bug be begun with. What refuses to do something is a command like any other.
  if (process.exitCode === USAGE || process.exitCode === BUG) return;
  const ids = [...new Set([...(kept?.ids ?? []), ...Object.keys(chunks)])];
  const isSame = ids.length === kept?.ids.length;
  const isRefusal = Boolean(process.exitCode);
  if (isSame && isCompiled && isRefusal) return;
  let half;
  for (const folder of folders()) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
      half ??= format(
        { ids, ranges: isSame ? kept.ranges : rangesOf(ids), isRefusal },
        isSame ? script.createCachedData() : Buffer.alloc(0),
      );
      const temporary = `${folder}/${name}.${process.pid}`;
      fs.writeFileSync(temporary, Buffer.concat([half, half]), { mode: 0o644, flag: "wx" });
      fs.renameSync(temporary, `${folder}/${name}`);
      return sweep(folder);
    } catch {
      // not writable
    }
  }
}

function format(note, code) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(code.length);
  return Buffer.concat([code, Buffer.from(JSON.stringify(note)), length]);
}

/** What builds that are gone have left in the folder. */
function sweep(folder) {
  for (const other of fs.readdirSync(folder)) {
    const file = `${folder}/${other}`;
    if (!other.includes(BUILD) && Date.now() - fs.statSync(file).mtimeMs > 30 * 24 * 3_600_000) fs.unlinkSync(file);
  }
}

/** Where things are kept. None of the user's without an absolute path: one that depends on the current directory could be anybody's. */
function* folders() {
  yield `${__dirname}/.compiled`;
  const cache = userCache();
  if (cache !== undefined) yield cache;
}

/** Faults are for the process that was given them. */
function testTimes() {
  const { INCR_TEST_HANDOVER, INCR_FAULT, INCR_FAULT_PAUSE } = process.env;
  const isFollower = (INCR_FAULT ?? INCR_FAULT_PAUSE) === undefined;
  return { ...TIMES, isFollower, ...JSON.parse(INCR_TEST_HANDOVER ?? "{}") };
}

function userCache() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  if (XDG_CACHE_HOME?.startsWith("/")) return `${XDG_CACHE_HOME}/incr`;
  return HOME?.startsWith("/") ? `${HOME}/.cache/incr` : undefined;
}
