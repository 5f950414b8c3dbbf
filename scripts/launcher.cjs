#!/usr/bin/env node
"use strict";
/**
 * Starts `program.cjs`, which lies beside this file, with V8's compiled code from an earlier start: compiling half a megabyte of JavaScript takes longer than most
 * commands do. Node 22 has `module.enableCompileCache` for this, Node 20 has nothing. Without the compiled code (first start, another version of node, nowhere to
 * write) everything works the same, a few milliseconds later.
 */
const fs = require("node:fs");
const { Script } = require("node:vm");

// Replaced by the build: the text of the program is trusted to be the one whose code was kept, since V8 itself only compares its length.
const BUILD = "__BUILD__";

// One file for each command: what another one has compiled would only have to be read, and what it has not would be compiled at every start.
const [noun, verb] = process.argv.slice(2, 4).map((word) => /^[a-z][a-z-]{1,15}$/.exec(word)?.[0] ?? "");
const hasVerbs = /^(todo|session|workspace|rescue|workflow|journal|agent|work)$/.test(noun);
const command = hasVerbs && verb ? `${noun}-${verb}` : (noun ?? "");
const folders = [`${__dirname}/.compiled`, ...userFolder()];
const parts = {};
start("program");

/** Runs `program.cjs`, or `more.cjs` when something in it is first asked for; each gives out its chunks by name. */
function start(part) {
  if (parts[part] !== undefined) return parts[part];
  const file = `${__dirname}/${part}.cjs`;
  // The build leaves only ASCII in it, which is read fastest like this, and the function around it: joined texts would be copied once more.
  const source = fs.readFileSync(file, "latin1");
  const name = `${part}-${BUILD}-${process.version}-${process.arch}-${command}.bin`;
  let cachedData;
  for (const folder of folders) cachedData ??= readCompiled(`${folder}/${name}`);
  const script = new Script(source, { filename: file, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) process.once("exit", () => keepCompiled(script, name));
  const mod = { exports: {} };
  parts[part] = mod.exports;
  script.runInThisContext()(mod.exports, requirePart, mod, file, __dirname);
  return mod.exports;
}

/** What one part wants of the other is named like a file with the chunk behind it. */
function requirePart(id) {
  const [, part, chunk] = /^\.\/(program|more)\.cjs#(.+)$/.exec(id) ?? [];
  return part === undefined ? require(id) : start(part).chunks[chunk]();
}

/**
 * Only what nobody but us could have written: this is code that is going to run as us. And only if it is whole: V8 believes what it reads, so that a file
 * whose end was lost with the power would crash every start from then on. It is kept twice in its file; comparing is faster than any checksum.
 */
function readCompiled(path) {
  let fd;
  try {
    fd = fs.openSync(path, "r");
    const { uid, mode } = fs.fstatSync(fd);
    const ours = process.getuid === undefined || uid === process.getuid() || uid === 0;
    if (!ours || (mode & 0o022) !== 0) return undefined;
    const twice = fs.readFileSync(fd);
    const data = twice.subarray(0, twice.length / 2);
    return data.length > 0 && data.equals(twice.subarray(data.length)) ? data : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Beside the program where that may be written, else in the user's cache folder. By now every function that the command used is compiled. */
function keepCompiled(script, name) {
  // A word that is no command must not leave a file.
  if (process.exitCode !== undefined && process.exitCode !== 0) return;
  let data;
  for (const folder of folders) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
      const temporary = `${folder}/${name}.${process.pid}`;
      data ??= script.createCachedData();
      fs.writeFileSync(temporary, Buffer.concat([data, data]), { mode: 0o644, flag: "wx" });
      fs.renameSync(temporary, `${folder}/${name}`);
      return sweep(folder);
    } catch {
      // not writable
    }
  }
}

/** What builds that are gone have left in the folder. */
function sweep(folder) {
  for (const other of fs.readdirSync(folder)) {
    const file = `${folder}/${other}`;
    if (!other.includes(BUILD) && Date.now() - fs.statSync(file).mtimeMs > 30 * 24 * 3_600_000) fs.unlinkSync(file);
  }
}

/** None without an absolute path: one that depends on the current directory could be anybody's. */
function userFolder() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  if (XDG_CACHE_HOME?.startsWith("/")) return [`${XDG_CACHE_HOME}/incr`];
  return HOME?.startsWith("/") ? [`${HOME}/.cache/incr`] : [];
}
