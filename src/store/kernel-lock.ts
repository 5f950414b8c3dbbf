/**
 * Advisory locks of the kernel on an open file (OFD locks on Linux, `flock` on macOS), through the prebuilt addon of fs-native-extensions. The kernel
 * frees them when their holder dies, two descriptors of one process exclude each other too, and those who wait are served in turn.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { IncrError } from "../domain/error.ts";
import { ioError, isSystemError } from "./io-error.ts";
import { stopwatch } from "./stopwatch.ts";
import { shareLike } from "./permissions.ts";

/** The addon's own functions. (0, 0) means the whole file. */
interface Addon {
  /** Throws with code EAGAIN if another holds it. */
  tryLock(fd: number, offset: number, length: number, exclusive: boolean): void;
  /** Waits in a thread of its own; `request` must stay alive until `done` is called. */
  waitForLock(fd: number, offset: number, length: number, exclusive: boolean, request: object, done: LockDone): object;
}
type LockDone = (error: Error | null) => void;

/**
 * Below this time a wait asks again and again instead of leaving a thread in the kernel: such a thread must have begun to wait before its descriptor may
 * be closed, since its number could already mean another file then.
 */
const POLL_BELOW_MS = 500;
const POLL_EVERY_MS = 3;

let addon: Addon | undefined;
/** Files on which locks were seen to exclude. */
const proven = new Set<string>();

/**
 * Loads the addon (about 2 ms, once). To be called before there is anything to hold up. Errors: `io` where the addon has no build, such as on musl.
 */
export function loadAddon(): Addon {
  addon ??= findAddon();
  return addon;
}

/** For what has to be made. */
export interface LockModes {
  file: number;
  folder: number;
  /** A folder: whoever may write to it may use the lock, too. */
  like?: string | undefined;
}

/**
 * Opens (and makes, with its folder) the lock file at `path` and locks it exclusively; gives undefined if that took longer than `waitMs` (asked only if it has to wait). The file must
 * never be deleted or renamed over while anybody uses it; a file that was replaced all the same is noticed, and the new one is locked.
 * Errors: `io`.
 */
export async function lockFile(path: string, waitMs: () => number, modes: LockModes): Promise<number | undefined> {
  const native = loadAddon();
  for (;;) {
    const fd = openLockFile(path, modes);
    if (!(await obtain(native, fd, path, waitMs))) return undefined;
    if (isCurrent(fd, path)) {
      proveExclusion(native, fd, path);
      return fd;
    }
    closeSync(fd);
  }
}

/** Says in our words that locking itself failed, as it does on file systems that have no locks. */
export function lockFailure(error: Error & { code?: unknown }, path: string): Error {
  const { code } = error;
  if (typeof code !== "string") return error;
  return new IncrError("io", `cannot lock ${path}: the file system has no working file locks (${code})`, {
    hint: "keep it on a local disk; for incr's own state: export INCR_STATE_DIR=<folder>",
    data: { path, errno: code },
    cause: error,
  });
}

function findAddon(): Addon {
  // One code path for the bundled CommonJS file, where `import.meta` is empty, and for the library
  const require = process
    .getBuiltinModule("node:module")
    .createRequire(typeof __filename === "string" ? __filename : import.meta.url);
  try {
    const folder = dirname(require.resolve("fs-native-extensions/package.json"));
    // Looking up the prebuilt file ourselves takes 2 ms, the package's own search 9 ms
    const prebuilt = join(folder, "prebuilds", `${process.platform}-${process.arch}`, "fs-native-extensions.node");
    try {
      return require(prebuilt) as Addon;
    } catch {
      return require("fs-native-extensions/binding.js") as Addon;
    }
  } catch (error) {
    throw new IncrError("io", `file locks are not available on this system (${process.platform}-${process.arch})`, {
      hint: "incr runs on Linux with glibc and on macOS, x64 and arm64; if that is what you have, install it anew: npm ci && npm run build && npm install --global .",
      cause: error,
    });
  }
}

function openLockFile(path: string, modes: LockModes): number {
  try {
    return openSync(path, constants.O_RDWR);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw ioError(error, `lock ${path}`, path);
  }
  try {
    const folder = dirname(path);
    if (mkdirSync(folder, { recursive: true, mode: modes.folder }) !== undefined && modes.like !== undefined)
      shareLike(folder, modes.like);
    return makeLockFile(path, modes);
  } catch (error) {
    throw ioError(error, `lock ${path}`, path);
  }
}

function makeLockFile(path: string, { file, like }: LockModes): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, file);
  } catch (error) {
    // Somebody else was faster.
    if (isSystemError(error, "EEXIST")) return openSync(path, constants.O_RDWR | constants.O_CREAT, file);
    throw error;
  }
  if (like !== undefined) shareLike(path, like);
  return fd;
}

/** Locks `fd` in time, or gives false and closes it, as it does when it throws. */
async function obtain(native: Addon, fd: number, path: string, waitMs: () => number): Promise<boolean> {
  try {
    if (tryLock(native, fd, path)) return true;
    const left = waitMs();
    if (left >= POLL_BELOW_MS) return await waitInKernel(native, fd, path, left);
    if (await poll(native, fd, path, stopwatch() + left)) return true;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return false;
}

function tryLock(native: Addon, fd: number, path: string): boolean {
  try {
    native.tryLock(fd, 0, 0, true);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EAGAIN") return false;
    throw lockFailure(error as Error, path);
  }
}

async function poll(native: Addon, fd: number, path: string, deadline: number): Promise<boolean> {
  for (;;) {
    const left = deadline - stopwatch();
    if (left <= 0) return false;
    await new Promise((resolve) => setTimeout(resolve, Math.min(POLL_EVERY_MS, left)));
    if (tryLock(native, fd, path)) return true;
  }
}

/** Waits in the kernel's queue. When the time is over it sees to the closing of `fd` itself. */
function waitInKernel(native: Addon, fd: number, path: string, waitMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let abandoned = false;
    const timer = setTimeout(() => {
      abandoned = true;
      // The thread cannot be called back. Closing now means that its lock is gone the moment it is granted; elsewhere than on Linux, closing would block.
      if (process.platform === "linux") closeSync(fd);
      resolve(false);
    }, waitMs);
    const done: LockDone = (error) => {
      if (!abandoned) {
        clearTimeout(timer);
        if (error === null) resolve(true);
        else reject(lockFailure(error, path));
      } else if (process.platform !== "linux") closeSync(fd);
    };
    const request: { handle?: object } = {};
    request.handle = native.waitForLock(fd, 0, 0, true, request, done);
  });
}

/** Whether the locked file is still the one that others find under `path`. */
function isCurrent(fd: number, path: string): boolean {
  const locked = fstatSync(fd);
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.ino === locked.ino && found.dev === locked.dev;
}

/** Some file systems grant every lock. The first time that a file is locked, a second descriptor has to be refused. */
function proveExclusion(native: Addon, fd: number, path: string): void {
  if (proven.has(path)) return;
  const second = openSync(path, constants.O_RDWR);
  const granted = tryLock(native, second, path);
  closeSync(second);
  if (granted) {
    closeSync(fd);
    throw lockFailure(Object.assign(new Error("a second lock was granted"), { code: "ENOLCK" }), path);
  }
  proven.add(path);
}
